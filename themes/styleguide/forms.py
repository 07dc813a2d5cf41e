from django import forms


class SampleForm(forms.Form):
    """One field of every kind, to look at."""

    email = forms.EmailField(label="Email", help_text="We send your code here.")
    born = forms.DateField(label="Date of birth", help_text="Like 3 27 1984")
    language = forms.ChoiceField(label="Language", choices=[("en", "English"), ("es", "Español"), ("ar", "العربية")])
    channel = forms.ChoiceField(
        label="How should we tell you?",
        choices=[("sms", "Text message"), ("mail", "Email"), ("post", "Letter")],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(label="What is it about?", widget=forms.Textarea(attrs={"rows": 3}))
    interpreter = forms.BooleanField(label="I would like an interpreter", required=False)
