"""Secrets in texts that are shown, kept or sent: ``***`` stands for them."""

from __future__ import annotations

import re
from urllib.parse import unquote

_PASSWORD = re.compile(r"(://[^\s:/]*:)(\S+)(?=@)")
_TOKEN = re.compile(r"\b((?:https?|s3a?|gc?s)://)([^\s:/@]+)(?=@)", re.IGNORECASE)
"""A single name before the ``@`` is a token in URLs of these kinds only; in others it is a user or a container."""
_SECRET = r"password|passwd|secret|token|signature"  # noqa: S105 — what secrets are called
_PARAMETER = re.compile(
    rf"""([?&;][\w.-]*(?:{_SECRET}|sig|key)=|(?<![\w./-])[\w.-]*(?:{_SECRET}|(?:account|access|api)[_-]?key)=)[^\s&;'"]+""",
    re.IGNORECASE,
)
_WEBHOOK = re.compile(r"""(\bhooks\.slack(?:-gov)?\.com/)[^\s'"]+""", re.IGNORECASE)


def without_secrets(text: str) -> str:
    """The text with ``***`` in place of passwords and tokens: those in its URLs, and the same words anywhere else in it.

    What may or may not be a secret is masked too.
    """
    secrets = {match[2] for pattern in (_PASSWORD, _TOKEN) for match in pattern.finditer(text)}
    for pattern in (_PASSWORD, _TOKEN, _PARAMETER, _WEBHOOK):
        text = pattern.sub(r"\1***", text)
    for secret in secrets | set(map(unquote, secrets)):
        text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", "***", text)
    return text
