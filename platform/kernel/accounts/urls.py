"""Sign-in and a person's own security; the same on hospitals', the networks' and the console's hosts."""

from django.urls import path

from kernel.accounts.views import confirm, devices, enrolment, factors, security, sign_in

app_name = "accounts"

urlpatterns = [
    path("sign-in/", sign_in.sign_in_page, name="sign_in"),
    path("sign-in/code/", sign_in.code_ask, name="code_ask"),
    path("sign-in/code/enter/", sign_in.code_enter, name="code"),
    path("sign-in/passkey/options/", sign_in.passkey_options, name="passkey_options"),
    path("sign-in/passkey/", sign_in.passkey_answer, name="passkey_answer"),
    path("sign-in/second-step/", sign_in.second_step, name="second_step"),
    path("sign-in/set-up/", enrolment.set_up, name="set_up"),
    path("sign-in/set-up/passkey/options/", enrolment.set_up_passkey_options, name="set_up_passkey_options"),
    path("sign-in/set-up/passkey/", enrolment.set_up_passkey, name="set_up_passkey"),
    path("sign-in/forgot/", sign_in.forgot, name="forgot"),
    path("sign-in/forgot/code/", sign_in.reset, name="reset"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("session/", sign_in.keep_alive, name="keep_alive"),
    path("account/security/", security.security, name="security"),
    path("account/security/password/", security.password, name="password"),
    path("account/security/app/", factors.app, name="app"),
    path("account/security/passkey/", factors.passkey, name="passkey"),
    path("account/security/passkey/options/", factors.new_passkey_options, name="new_passkey_options"),
    path("account/security/passkey/new/", factors.new_passkey, name="new_passkey"),
    path("account/security/email-step/", factors.email_step, name="email_step"),
    path("account/security/steps/<uuid:factor_id>/", factors.step, name="step"),
    path("account/security/steps/<uuid:factor_id>/remove/", factors.remove_factor, name="remove_factor"),
    path("account/security/recovery-codes/", factors.recovery_codes, name="recovery_codes"),
    path("account/security/email/", security.change_email, name="change_email"),
    path("account/security/email/code/", security.confirm_email, name="confirm_email"),
    path("account/devices/", devices.device_list, name="devices"),
    path("account/devices/<uuid:session_id>/end/", devices.device_end, name="device_end"),
    path("account/devices/<uuid:device_id>/forget/", devices.device_forget, name="device_forget"),
    path("account/devices/end-others/", devices.devices_end_others, name="devices_end_others"),
    path("account/confirm/", confirm.confirm, name="confirm"),
    path("account/confirm/passkey/", confirm.confirm_passkey, name="confirm_passkey"),
]
