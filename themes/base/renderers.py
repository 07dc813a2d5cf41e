from django.forms.renderers import TemplatesSetting


class PorticoRenderer(TemplatesSetting):
    """Forms drawn with our field template everywhere: ``FORM_RENDERER = "themes.base.renderers.PorticoRenderer"``.

    ``django.forms`` must be among the installed apps, so that widgets we do not draw are found too.
    """

    form_template_name = "themes_base/form.html"
    field_template_name = "themes_base/field.html"
