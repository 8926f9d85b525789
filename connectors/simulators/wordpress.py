"""
A simulated WordPress site: posts, media, users/me of REST API v2, with Basic authentication by application password.

Faithful where it matters to a publication: drafts and trash are hidden from those who are not signed in, slugs are made
unique when something is published, media has no trash, errors are ``{"code", "message", "data": {"status"}}``, ``raw``
comes only with ``context=edit``. Accounts: ``bien-tap`` (editor) and ``cong-tac`` (contributor, may not publish), both
with the password ``abcd efgh ijkl``. Faults are those of the simulated iOffice (``5xx``, ``429``, ``reset``, ``html``,
``accept_then_timeout``, ``delay`` …), hitting calls by method and path.
"""

import base64
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from .control import Call, Reply, Simulator, json_reply, main
from .ioffice_faults import AFTER, BEFORE, instead, spoiled

PASSWORD = "abcd efgh ijkl"  # noqa: S105 - of a simulator, visibly fake
_EDITOR = ("publish_posts", "edit_posts", "edit_published_posts", "upload_files", "delete_posts")
_USERS = {"bien-tap": _EDITOR, "cong-tac": ("edit_posts",)}
_NAME = re.compile(r'filename="([^"]+)"')


class WordPressSimulator(Simulator):
    """A WordPress site for tests."""

    kind = "wordpress"
    via = "wordpress"

    def ready(self, base: str) -> dict[str, str]:
        """Say where the site is, and hand out an editor's account."""
        return {"url": f"{base}/", "username": "bien-tap", "application_password": PASSWORD}

    def show(self) -> dict[str, Any]:
        """Return the posts and the media."""
        return {"posts": self._table("posts"), "media": self._table("media")}

    def serve(self, call: Call) -> Reply:
        """Answer one call, with the faults planted for it."""
        label = f"{call.method} {call.path}"
        facts: dict[str, Any] = {"method": call.method, "path": call.path, "signed_in": bool(self._user(call))}
        if fault := self.take_fault(label, *BEFORE):
            facts["fault"] = fault.fault
            reply = instead(fault)
        else:
            reply = self._answer(call)
            self.save()
            if fault := self.take_fault(label, *AFTER):
                facts["fault"] = fault.fault
                reply = spoiled(reply, fault)
        self.record(**facts)
        return reply

    def _answer(self, call: Call) -> Reply:
        path = call.path.strip("/")
        if path.startswith("wp-content/uploads/"):
            return self._download(path.rsplit("/", 1)[-1])
        parts = path.split("/")
        if parts[:3] != ["wp-json", "wp", "v2"] or len(parts) < 4:
            return Reply(404, b"<html><body>Not Found</body></html>", "text/html; charset=utf-8")
        query = dict(parse_qsl(call.query))
        number = int(parts[4]) if len(parts) == 5 and parts[4].isdigit() else None
        if "Authorization".lower() in call.headers and self._user(call) is None:
            return _error("incorrect_password", 401)
        if parts[3:] == ["users", "me"]:
            user = self._user(call)
            rights = dict.fromkeys(_USERS[user], True) if user else {}
            return (
                json_reply({"id": 7, "slug": user, "capabilities": rights})
                if user
                else _error("rest_not_logged_in", 401)
            )
        if parts[3] == "posts":
            return self._posts(call, query, number)
        if parts[3] == "media":
            return self._media(call, query, number)
        return _error("rest_no_route", 404)

    def _posts(self, call: Call, query: Mapping[str, str], number: int | None) -> Reply:
        posts, user = self._table("posts"), self._user(call)
        if call.method == "GET" and number is None:
            states = query.get("status", "publish").split(",")
            if user is None and (states != ["publish"] or query.get("context") == "edit"):
                return _error("rest_forbidden_context", 401)
            found = [
                post for post in posts.values()
                if post["status"] in states and query.get("slug", post["slug"]) == post["slug"]
                and query.get("search", "") in post["title"] + post["content"]
            ]  # fmt: skip
            shown = [self._shown(post, query) for post in sorted(found, key=lambda post: -post["id"])]
            return json_reply(shown[: int(query.get("per_page", "10"))])
        post = posts.get(str(number)) if number is not None else None
        if number is not None and post is None:
            return _error("rest_post_invalid_id", 404)
        if call.method == "GET" and post is not None:
            if user is None and (post["status"] != "publish" or query.get("context") == "edit"):
                return _error("rest_forbidden", 401)
            return json_reply(self._shown(post, query))
        if user is None:
            return _error("rest_cannot_create", 401)
        if call.method == "DELETE" and post is not None:
            post["status"] = "trash"
            return json_reply(self._shown(post, {"context": "edit"}))
        return self._write(post, call.json(), user)

    def _write(self, post: dict[str, Any] | None, content: Mapping[str, Any], user: str) -> Reply:
        made = post is None
        wanted = str(content.get("status", "draft" if made else post["status"] if post else "draft"))
        if wanted == "publish" and "publish_posts" not in _USERS[user]:
            return _error("rest_cannot_publish", 403)
        if post is None:
            number = self._next()
            post = {"id": number, "title": "", "content": "", "slug": "", "status": "draft", "categories": [1]}
            self._table("posts")[str(number)] = post
        for name in ("title", "content", "slug", "categories"):
            if name in content:
                post[name] = content[name]
        post["status"] = wanted
        if wanted == "publish":
            post["slug"] = self._unique(post["slug"] or f"bai-{post['id']}", post["id"])
        return json_reply(self._shown(post, {"context": "edit"}), 201 if made else 200)

    def _media(self, call: Call, query: Mapping[str, str], number: int | None) -> Reply:
        media, user = self._table("media"), self._user(call)
        if call.method == "GET":
            found = [one for one in media.values() if query.get("slug", one["slug"]) == one["slug"]]
            return json_reply([self._file(one) for one in found])
        if user is None or "upload_files" not in _USERS[user]:
            return _error("rest_cannot_create", 401 if user is None else 403)
        if call.method == "DELETE":
            if str(number) not in media:
                return _error("rest_post_invalid_id", 404)
            if query.get("force") != "true":
                return _error("rest_trash_not_supported", 501)
            return json_reply({"deleted": True, "previous": self._file(media.pop(str(number)))})
        name = _NAME.search(call.headers.get("content-disposition", ""))
        if name is None:
            return _error("rest_upload_no_content_disposition", 400)
        if not call.body:
            return _error("rest_upload_no_data", 400)
        made = self._next()
        slug = self._unique(name[1].rpartition(".")[0], made)
        one = {"id": made, "slug": slug, "file": f"{made}-{name[1]}", "mime_type": call.headers.get("content-type", ""),
               "data": base64.b64encode(call.body).decode()}  # fmt: skip
        media[str(made)] = one
        return json_reply(self._file(one), 201)

    def _download(self, name: str) -> Reply:
        for one in self._table("media").values():
            if one["file"] == name:
                return Reply(200, base64.b64decode(one["data"]), one["mime_type"])
        return Reply(404, b"", "text/html")

    def _shown(self, post: Mapping[str, Any], query: Mapping[str, str]) -> dict[str, Any]:
        edit = query.get("context") == "edit"
        texts = {
            name: {"rendered": post[name], **({"raw": post[name]} if edit else {})} for name in ("title", "content")
        }
        link = f"{self._base}/{post['slug']}/" if post["status"] == "publish" else f"{self._base}/?p={post['id']}"
        return {"id": post["id"], "slug": post["slug"], "status": post["status"], "link": link, **texts}

    def _file(self, one: Mapping[str, Any]) -> dict[str, Any]:
        address = f"{self._base}/wp-content/uploads/{one['file']}"
        return {"id": one["id"], "slug": one["slug"], "source_url": address, "mime_type": one["mime_type"]}

    @property
    def _base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _table(self, name: str) -> dict[str, Any]:
        table: dict[str, Any] = self.memory.setdefault(name, {})
        return table

    def _next(self) -> int:
        self.memory["last"] = int(self.memory.get("last", 100)) + 1
        return int(self.memory["last"])

    def _unique(self, slug: str, number: int) -> str:
        """Make a slug unique among what is public and uploaded, as WordPress does: ``-2``, ``-3`` …"""
        taken = {one["slug"] for one in self._table("media").values() if one["id"] != number}
        taken |= {
            one["slug"] for one in self._table("posts").values() if one["id"] != number and one["status"] == "publish"
        }
        free, count = slug, 2
        while free in taken:
            free, count = f"{slug}-{count}", count + 1
        return free

    @staticmethod
    def _user(call: Call) -> str | None:
        kind, _space, code = call.headers.get("authorization", "").partition(" ")
        try:
            name, _colon, password = base64.b64decode(code).decode().partition(":")
        except ValueError:
            return None
        good = kind.lower() == "basic" and name in _USERS and password.replace(" ", "") == PASSWORD.replace(" ", "")
        return name if good else None


def _error(code: str, status: int) -> Reply:
    return json_reply({"code": code, "message": "Không thực hiện được.", "data": {"status": status}}, status)


if __name__ == "__main__":
    raise SystemExit(main(WordPressSimulator))
