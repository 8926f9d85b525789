"""
The few calls of the WordPress REST API (v2) that a publication needs, with an application password (WordPress 5.6).

Source: developer.wordpress.org/rest-api/reference (posts, media, users). Reads may be repeated. Of the writes, only
making a draft and uploading a file create something; both are looked for by their slug first. Nobody outside sees a
draft, and the address of a file is known to nobody before the post is public.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from congkhai.plugin.config.secrets import SecretRef
from congkhai.plugin.errors import AccessError, OutsideError, UndecidedError
from congkhai.plugin.text import _

from .manners import Outgoing, Reply, Transient

WORDPRESS_CODE = "congkhai-E584"


class WordPress:
    """One site, as its REST API shows it."""

    def __init__(self, web: Outgoing, base: str, user: str, password: SecretRef) -> None:
        """
        Args:
            base: address of the API's root, e.g. ``https://xa.example.vn/wp-json/``.
        """
        self._web = web
        self._base = f"{base}wp/v2/"
        self._user = user
        self._password = password

    def me(self) -> Mapping[str, Any]:
        """Return who we are there, with capabilities. Raises OutsideError."""
        return self._object(self._read("users/me", context="edit"))

    def post(self, number: int) -> Mapping[str, Any] | None:
        """Return a post as its editor sees it, None when there is none any more. Raises OutsideError."""
        reply = self._get(f"posts/{number}", context="edit")
        return None if reply.status in (404, 410) else self._object(self._good(reply))

    def posts(self, **query: str) -> Sequence[Mapping[str, Any]]:
        """Return posts in any state that fit a query (``slug=``, ``search=``), newest first. Raises OutsideError."""
        return self._list(self._read("posts", context="edit", status="publish,future,draft,pending,private", **query))

    def public_status(self, number: int) -> int:
        """Return the HTTP status with which somebody who is not signed in gets a post. Raises OutsideError."""
        return self._web.get(f"{self._base}posts/{number}").status

    def public_file_status(self, address: str) -> int:
        """Return the HTTP status with which anybody gets a file. Raises OutsideError."""
        return self._web.head(address).status

    def draft(self, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """Make a draft, which nobody outside sees. Raises OutsideError; a lost answer is one too: look for the slug."""
        try:
            reply = self._web.post(f"{self._base}posts", json={**content, "status": "draft"}, auth=self._auth())
        except UndecidedError as error:
            raise OutsideError(what=error.what, where=error.where, advice=error.advice, code=WORDPRESS_CODE) from error
        return self._object(self._good(reply))

    def change(self, number: int, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """Set members of a post; the same members again change nothing, so it is repeated when it fails."""
        reply = self._web.post(f"{self._base}posts/{number}", repeat=True, json=dict(content), auth=self._auth())
        changed = self._object(self._good(reply))
        if changed.get("id") != number:
            raise self._strange()  # something before the site answered, with 200
        return changed

    def file(self, slug: str) -> Mapping[str, Any] | None:
        """Return an uploaded file by its slug, None when there is none. Raises OutsideError."""
        found = self._list(self._read("media", slug=slug, context="edit"))
        return found[0] if found else None

    def upload(self, name: str, media_type: str, content: bytes) -> Mapping[str, Any]:
        """Upload a file; its slug is its name without the extension. Raises OutsideError, as `draft`."""
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Type": media_type}
        try:
            reply = self._web.post(f"{self._base}media", data=content, headers=headers, auth=self._auth())
        except UndecidedError as error:
            raise OutsideError(what=error.what, where=error.where, advice=error.advice, code=WORDPRESS_CODE) from error
        return self._object(self._good(reply))

    def delete_file(self, number: int) -> None:
        """Delete an uploaded file for good; one that has gone is no failure. Raises OutsideError."""
        # Media knows no trash: without `force` the server answers rest_trash_not_supported.
        reply = self._web.delete(
            f"{self._base}media/{number}", repeat=True, params={"force": "true"}, auth=self._auth()
        )
        if reply.status not in (404, 410) and self._object(self._good(reply)).get("deleted") is not True:
            raise self._strange()

    def _auth(self) -> tuple[str, str]:
        return self._user, self._password.read()

    def _get(self, path: str, **query: str) -> Reply:
        return self._web.get(f"{self._base}{path}", params=query, auth=self._auth())

    def _read(self, path: str, **query: str) -> Reply:
        return self._good(self._get(path, **query))

    def _good(self, reply: Reply) -> Reply:
        """Let a success pass. Raises AccessError (401, 403) or OutsideError with the server's own short code."""
        if reply.ok:
            return reply
        code = _error_code(reply)
        if reply.status in (401, 403):
            raise AccessError(
                what=_("WordPress từ chối tài khoản ({code}).").format(code=code), where=self._web.name,
                advice=_("Kiểm tra username, application-password và quyền đăng bài của tài khoản."),
                code="congkhai-E585",
            )  # fmt: skip
        raise OutsideError(
            what=_("WordPress trả lời {status} ({code}).").format(status=reply.status, code=code),
            where=self._web.name, code=WORDPRESS_CODE,
            advice=_("Kiểm tra base-url, phiên bản và tiện ích bảo mật của trang."),
        )  # fmt: skip

    def _object(self, reply: Reply) -> Mapping[str, Any]:
        value = self._json(reply)
        if not isinstance(value, Mapping):
            raise self._strange()
        return value

    def _list(self, reply: Reply) -> Sequence[Mapping[str, Any]]:
        value = self._json(reply)
        if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
            raise self._strange()
        return value

    def _json(self, reply: Reply) -> Any:
        try:
            return reply.json()
        except Transient as error:
            raise self._strange() from error

    def _strange(self) -> OutsideError:
        return OutsideError(
            what=_("WordPress không trả lời đúng dạng."), where=self._web.name, code=WORDPRESS_CODE,
            advice=_("Kiểm tra base-url có trỏ đến trang WordPress và REST API có được bật."),
        )  # fmt: skip


def _error_code(reply: Reply) -> str:
    """Return WordPress's own short error code, never its text."""
    try:
        code = str(reply.json().get("code", ""))
    except (Transient, AttributeError):
        return str(reply.status)
    return code if code.replace("_", "").isalnum() and len(code) <= 60 else str(reply.status)
