"""The words of the demonstration's records in the hospitals' languages, by code.

Real feeds bring their own words; these only make invented records read naturally. One line a code:
``code | English | Spanish | Arabic``. LOINC codes and names: copyright Regenstrief Institute, Inc. and the LOINC
Committee, see http://loinc.org/license.
"""

# ruff: noqa: E501 -- a line is a row of a table

from collections.abc import Mapping

_TESTS = """
2951-2 | Sodium | Sodio | الصوديوم
2823-3 | Potassium | Potasio | البوتاسيوم
2075-0 | Chloride | Cloruro | الكلوريد
2028-9 | Carbon dioxide | Dióxido de carbono | ثاني أكسيد الكربون
17861-6 | Calcium | Calcio | الكالسيوم
1751-7 | Albumin | Albúmina | الألبومين
3094-0 | Urea nitrogen | Nitrógeno ureico | نيتروجين اليوريا
2160-0 | Creatinine | Creatinina | الكرياتينين
98979-8 | Kidney filtration (eGFR) | Filtrado renal (TFGe) | معدل الترشيح الكلوي
2345-7 | Glucose | Glucosa | الجلوكوز
1742-6 | Alanine aminotransferase (ALT) | Alanina aminotransferasa (ALT) | ناقلة أمين الألانين
1920-8 | Aspartate aminotransferase (AST) | Aspartato aminotransferasa (AST) | ناقلة أمين الأسبارتات
6768-6 | Alkaline phosphatase | Fosfatasa alcalina | الفوسفاتاز القلوي
1975-2 | Bilirubin | Bilirrubina | البيليروبين
718-7 | Hemoglobin | Hemoglobina | الهيموغلوبين
4544-3 | Hematocrit | Hematocrito | الهيماتوكريت
789-8 | Red blood cells | Glóbulos rojos | كريات الدم الحمراء
6690-2 | White blood cells | Glóbulos blancos | كريات الدم البيضاء
777-3 | Platelets | Plaquetas | الصفائح الدموية
2093-3 | Total cholesterol | Colesterol total | الكوليسترول الكلي
2085-9 | HDL cholesterol | Colesterol HDL | الكوليسترول الحميد
13457-7 | LDL cholesterol | Colesterol LDL | الكوليسترول الضار
2571-8 | Triglycerides | Triglicéridos | الدهون الثلاثية
4548-4 | Hemoglobin A1c | Hemoglobina A1c | الهيموغلوبين السكري
9318-7 | Albumin to creatinine ratio in urine | Cociente albúmina-creatinina en orina | نسبة الألبومين إلى الكرياتينين في البول
14957-5 | Albumin in urine | Albúmina en orina | الألبومين في البول
2276-4 | Ferritin | Ferritina | الفيريتين
8302-2 | Height | Estatura | الطول
29463-7 | Weight | Peso | الوزن
39156-5 | Body mass index | Índice de masa corporal | مؤشر كتلة الجسم
8867-4 | Heart rate | Frecuencia cardíaca | نبض القلب
9279-1 | Respiratory rate | Frecuencia respiratoria | معدل التنفس
8310-5 | Body temperature | Temperatura | حرارة الجسم
59408-5 | Oxygen saturation | Saturación de oxígeno | تشبع الأكسجين
85354-9 | Blood pressure | Presión arterial | ضغط الدم
8480-6 | Systolic | Sistólica | الانقباضي
8462-4 | Diastolic | Diastólica | الانبساطي
19935-6 | Peak breathing flow | Flujo respiratorio máximo | ذروة تدفق الزفير
24323-8 | General blood tests | Análisis general de sangre | تحاليل الدم العامة
58410-2 | Blood count | Hemograma | صورة الدم
57698-3 | Cholesterol and fats | Colesterol y grasas | الكوليسترول والدهون
"""

_CONDITIONS = """
E11.9 | Type 2 diabetes | Diabetes tipo 2 | السكري من النوع الثاني
E11.65 | Type 2 diabetes with high blood sugar | Diabetes tipo 2 con glucosa alta | السكري من النوع الثاني مع ارتفاع السكر
E11.21 | Diabetic kidney disease | Nefropatía diabética | اعتلال الكلية السكري
E11.22 | Type 2 diabetes with chronic kidney disease | Diabetes tipo 2 con enfermedad renal crónica | السكري من النوع الثاني مع مرض كلوي مزمن
I10 | High blood pressure | Presión arterial alta | ارتفاع ضغط الدم
I25.10 | Narrowed heart arteries | Arterias del corazón estrechadas | تضيق شرايين القلب
E78.5 | High cholesterol | Colesterol alto | ارتفاع الكوليسترول
E78.00 | High cholesterol | Colesterol alto | ارتفاع الكوليسترول
E66.9 | Obesity | Obesidad | السمنة
E03.9 | Underactive thyroid | Hipotiroidismo | قصور الغدة الدرقية
N18.1 | Chronic kidney disease, stage 1 | Enfermedad renal crónica, etapa 1 | مرض كلوي مزمن، المرحلة ١
N18.2 | Chronic kidney disease, stage 2 | Enfermedad renal crónica, etapa 2 | مرض كلوي مزمن، المرحلة ٢
N18.31 | Chronic kidney disease, stage 3a | Enfermedad renal crónica, etapa 3a | مرض كلوي مزمن، المرحلة ٣أ
N18.32 | Chronic kidney disease, stage 3b | Enfermedad renal crónica, etapa 3b | مرض كلوي مزمن، المرحلة ٣ب
N18.4 | Chronic kidney disease, stage 4 | Enfermedad renal crónica, etapa 4 | مرض كلوي مزمن، المرحلة ٤
N18.9 | Chronic kidney disease | Enfermedad renal crónica | مرض كلوي مزمن
D64.9 | Anemia | Anemia | فقر الدم
D50.9 | Iron deficiency anemia | Anemia por falta de hierro | فقر الدم بنقص الحديد
D63.1 | Anemia from kidney disease | Anemia por enfermedad renal | فقر الدم بسبب مرض الكلى
J45.30 | Mild persistent asthma | Asma persistente leve | ربو مستمر خفيف
L20.9 | Atopic dermatitis | Dermatitis atópica | التهاب الجلد التأتبي
Z91.010 | Peanut allergy | Alergia al cacahuete | حساسية الفول السوداني
H66.90 | Middle ear infection | Infección del oído medio | التهاب الأذن الوسطى
"""

_MEDICINES = """
861007 | Metformin 500 mg tablet | Metformina 500 mg comprimido | ميتفورمين ٥٠٠ ملغ أقراص
861004 | Metformin 1000 mg tablet | Metformina 1000 mg comprimido | ميتفورمين ١٠٠٠ ملغ أقراص
310490 | Glipizide 5 mg tablet | Glipizida 5 mg comprimido | غليبيزيد ٥ ملغ أقراص
199246 | Glimepiride 2 mg tablet | Glimepirida 2 mg comprimido | غليميبيريد ٢ ملغ أقراص
665033 | Sitagliptin 100 mg tablet | Sitagliptina 100 mg comprimido | سيتاغليبتين ١٠٠ ملغ أقراص
1545658 | Empagliflozin 10 mg tablet | Empagliflozina 10 mg comprimido | إمباغليفلوزين ١٠ ملغ أقراص
314076 | Lisinopril 10 mg tablet | Lisinopril 10 mg comprimido | ليسينوبريل ١٠ ملغ أقراص
314077 | Lisinopril 20 mg tablet | Lisinopril 20 mg comprimido | ليسينوبريل ٢٠ ملغ أقراص
197361 | Amlodipine 5 mg tablet | Amlodipino 5 mg comprimido | أملوديبين ٥ ملغ أقراص
308135 | Amlodipine 10 mg tablet | Amlodipino 10 mg comprimido | أملوديبين ١٠ ملغ أقراص
310798 | Hydrochlorothiazide 25 mg tablet | Hidroclorotiazida 25 mg comprimido | هيدروكلوروثيازيد ٢٥ ملغ أقراص
979492 | Losartan 50 mg tablet | Losartán 50 mg comprimido | لوسارتان ٥٠ ملغ أقراص
200032 | Carvedilol 12.5 mg tablet | Carvedilol 12,5 mg comprimido | كارفيديلول ١٢٫٥ ملغ أقراص
313988 | Furosemide 40 mg tablet | Furosemida 40 mg comprimido | فوروسيميد ٤٠ ملغ أقراص
310325 | Iron (ferrous sulfate) 325 mg tablet | Hierro (sulfato ferroso) 325 mg comprimido | حديد (كبريتات الحديدوز) ٣٢٥ ملغ أقراص
617310 | Atorvastatin 20 mg tablet | Atorvastatina 20 mg comprimido | أتورفاستاتين ٢٠ ملغ أقراص
617311 | Atorvastatin 40 mg tablet | Atorvastatina 40 mg comprimido | أتورفاستاتين ٤٠ ملغ أقراص
859747 | Rosuvastatin 10 mg tablet | Rosuvastatina 10 mg comprimido | روزوفاستاتين ١٠ ملغ أقراص
312961 | Simvastatin 20 mg tablet | Simvastatina 20 mg comprimido | سيمفاستاتين ٢٠ ملغ أقراص
243670 | Aspirin 81 mg tablet | Aspirina 81 mg comprimido | أسبرين ٨١ ملغ أقراص
966221 | Levothyroxine 50 mcg tablet | Levotiroxina 50 mcg comprimido | ليفوثيروكسين ٥٠ مكغ أقراص
198051 | Omeprazole 20 mg capsule | Omeprazol 20 mg cápsula | أوميبرازول ٢٠ ملغ كبسولات
312941 | Sertraline 50 mg tablet | Sertralina 50 mg comprimido | سيرترالين ٥٠ ملغ أقراص
310431 | Gabapentin 300 mg capsule | Gabapentina 300 mg cápsula | غابابنتين ٣٠٠ ملغ كبسولات
2123111 | Albuterol inhaler | Salbutamol inhalador | بخاخ سالبوتامول
895994 | Fluticasone inhaler | Fluticasona inhalador | بخاخ فلوتيكازون
"""

_DIRECTIONS = """
861007 | 1 tablet with breakfast and dinner | 1 comprimido con el desayuno y la cena | قرص واحد مع الفطور والعشاء
861004 | 1 tablet with breakfast and dinner | 1 comprimido con el desayuno y la cena | قرص واحد مع الفطور والعشاء
617310 | 1 tablet in the evening | 1 comprimido por la noche | قرص واحد مساءً
617311 | 1 tablet in the evening | 1 comprimido por la noche | قرص واحد مساءً
312961 | 1 tablet in the evening | 1 comprimido por la noche | قرص واحد مساءً
2123111 | 2 puffs when short of breath, at most 4 times a day | 2 inhalaciones si falta el aire, hasta 4 veces al día | بخّتان عند ضيق التنفس، ٤ مرات في اليوم كحد أقصى
895994 | 1 puff in the morning and 1 in the evening | 1 inhalación por la mañana y 1 por la noche | بخّة صباحاً وبخّة مساءً
* | 1 tablet in the morning | 1 comprimido por la mañana | قرص واحد صباحاً
"""

_ALLERGENS = """
7980 | Penicillin | Penicilina | البنسلين
723 | Amoxicillin | Amoxicilina | أموكسيسيلين
10180 | Sulfamethoxazole | Sulfametoxazol | سلفاميثوكسازول
2670 | Codeine | Codeína | الكوديين
5640 | Ibuprofen | Ibuprofeno | الإيبوبروفين
1191 | Aspirin | Aspirina | الأسبرين
peanut | Peanuts | Cacahuetes | الفول السوداني
pollen | Grass pollen | Polen de gramíneas | حبوب اللقاح
rash | Rash | Sarpullido | طفح جلدي
hives | Hives and swelling | Urticaria e hinchazón | شرى وتورم
sneezing | Sneezing and itchy eyes | Estornudos y picor de ojos | عطاس وحكة في العينين
"""

_VACCINES = """
140 | Influenza vaccine | Vacuna contra la gripe | لقاح الإنفلونزا
115 | Tetanus, diphtheria and whooping cough booster | Refuerzo de tétanos, difteria y tosferina | جرعة معززة للكزاز والدفتيريا والسعال الديكي
20 | Diphtheria, tetanus and whooping cough vaccine | Vacuna contra difteria, tétanos y tosferina | لقاح الدفتيريا والكزاز والسعال الديكي
10 | Polio vaccine | Vacuna contra la polio | لقاح شلل الأطفال
08 | Hepatitis B vaccine | Vacuna contra la hepatitis B | لقاح التهاب الكبد ب
133 | Pneumococcal vaccine | Vacuna contra el neumococo | لقاح المكورات الرئوية
03 | Measles, mumps and rubella vaccine | Vacuna contra sarampión, paperas y rubéola | لقاح الحصبة والنكاف والحصبة الألمانية
21 | Chickenpox vaccine | Vacuna contra la varicela | لقاح جدري الماء
"""

_VISITS = """
diabetes | Diabetes follow-up | Revisión de diabetes | متابعة السكري
pressure | Blood pressure check | Control de la presión arterial | متابعة ضغط الدم
kidney | Kidney clinic visit | Consulta de nefrología | زيارة عيادة الكلى
blood | Anemia follow-up | Revisión de la anemia | متابعة فقر الدم
checkup | Yearly check-up | Revisión anual | الفحص السنوي
asthma | Asthma follow-up | Revisión de asma | متابعة الربو
allergy | Allergy follow-up | Revisión de alergia | متابعة الحساسية
skin | Skin follow-up | Revisión de la piel | متابعة الجلدية
child | Well-child visit | Control del niño sano | متابعة صحة الطفل
laboratory | Blood sample | Extracción de sangre | سحب عينة دم
video | Video visit | Consulta por vídeo | زيارة بالفيديو
"""

_SPECIALTIES = """
endocrinology | Endocrinology | Endocrinología | الغدد الصماء
cardiology | Cardiology | Cardiología | أمراض القلب
nephrology | Nephrology | Nefrología | أمراض الكلى
medicine | Internal medicine | Medicina interna | الطب الباطني
pediatrics | Pediatrics | Pediatría | طب الأطفال
pulmonology | Pulmonology | Neumología | أمراض الصدر
allergology | Allergy | Alergología | الحساسية والمناعة
hematology | Hematology | Hematología | أمراض الدم
"""

_SENTENCES = """
bring | Please come 10 minutes early and bring your list of medicines. | Ven 10 minutos antes y trae tu lista de medicinas. | يرجى الحضور قبل الموعد بعشر دقائق وإحضار قائمة الأدوية.
inhaler | Please bring the inhaler and the peak flow diary. | Trae el inhalador y el diario de flujo máximo. | يرجى إحضار البخاخ ودفتر قياس التدفق.
goal | Goal: up to 7 % | Objetivo: hasta 7 % | الهدف: حتى ٧٪
improved | Your average blood sugar has come down again. Please keep taking your medicines the same way. | Tu glucosa media ha vuelto a bajar. Sigue tomando tus medicinas igual. | انخفض متوسط السكر لديك مرة أخرى. يرجى الاستمرار على الأدوية نفسها.
breathing | The breathing test is better than last time. Please keep using the inhaler every day. | La prueba respiratoria está mejor que la última vez. Sigue usando el inhalador cada día. | فحص التنفس أفضل من المرة السابقة. يرجى الاستمرار على البخاخ يومياً.
letter | Visit summary | Resumen de la visita | ملخص الزيارة
plan | Asthma action plan | Plan de acción para el asma | خطة التعامل مع الربو
seen | We saw you for: | Te atendimos por: | راجعتنا بخصوص:
reference | The number of this note is | El número de esta nota es el | رقم هذه الملاحظة هو
ecg | Electrocardiogram | Electrocardiograma | تخطيط القلب
spirometry | Breathing test | Espirometría | فحص وظائف الرئة
retina | Eye check for diabetes | Revisión ocular por diabetes | فحص قاع العين للسكري
hearing | Hearing test | Prueba de audición | فحص السمع
chest | Chest X-ray | Radiografía de tórax | صورة الصدر بالأشعة السينية
clear | The heart and the lungs look normal. | El corazón y los pulmones se ven normales. | يبدو القلب والرئتان طبيعيين.
ultrasound | Kidney ultrasound | Ecografía renal | تصوير الكلى بالموجات الصوتية
"""

LANGUAGES = ("en", "es", "ar")


def _table(text: str) -> Mapping[str, tuple[str, ...]]:
    lines = (line.split(" | ") for line in text.strip().splitlines())
    return {code: tuple(words) for code, *words in lines}


TESTS = _table(_TESTS)
CONDITIONS = _table(_CONDITIONS)
MEDICINES = _table(_MEDICINES)
DIRECTIONS = _table(_DIRECTIONS)
ALLERGENS = _table(_ALLERGENS)
VACCINES = _table(_VACCINES)
VISITS = _table(_VISITS)
SPECIALTIES = _table(_SPECIALTIES)
SENTENCES = _table(_SENTENCES)


def say(table: Mapping[str, tuple[str, ...]], code: str, language: str) -> str:
    """The words for a code. Raises KeyError for a code without words: nothing half translated is seeded."""
    return table[code][LANGUAGES.index(language)]
