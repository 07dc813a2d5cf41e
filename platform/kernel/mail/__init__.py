"""Mail as an effect of an act: a row in its transaction, sent after it (S51). No clinical words in any letter (S32)."""

from kernel.mail.writing import send_mail_later

__all__ = ["send_mail_later"]
