"""URLs that this server signs itself: each opens one key of one bucket for one method until a moment."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from django.conf import settings

from kbstore.encryption import fingerprint


@dataclass(frozen=True)
class OwnUrl:
    """What such a URL is signed for. `expires` is in seconds since 1970, written as in the URL."""

    method: str
    #: As spelled in the URL: a project's bucket has two names.
    bucket_name: str
    key: str
    expires: str
    content_type: str | None = None

    def signature(self) -> str:
        """URL-safe base64 without padding."""
        fields = [self.method, self.bucket_name, self.key, self.expires]
        if self.content_type is not None:
            fields.append(self.content_type)
        digest = hmac.new(_signing_key(), "\n".join(fields).encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def path(self) -> str:
        """The URL without the server's address."""
        query = {"signature": self.signature(), "expires": self.expires}
        if self.content_type is not None:
            query["content_type"] = self.content_type
        return f"/s3/{quote(self.bucket_name, safe='')}/{quote(self.key, safe='/')}?{urlencode(query)}"

    def address(self) -> str:
        """The whole URL, below BASE_URL."""
        return settings.BASE_URL + self.path()


def _signing_key() -> bytes:
    """Without a key of its own it follows from the installation's: URLs outlive restarts and open on every worker."""
    return (settings.PRESIGN_SECRET_KEY or fingerprint("s3 pre-signed URLs", b"")).encode()
