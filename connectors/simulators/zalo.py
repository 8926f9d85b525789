"""
A simulated Zalo Official Account: token renewal (OAuth v4) and articles (open API v2.0).

As the real one: errors are HTTP 200 with a negative ``error``; a refresh token is good once; an article is made in two
steps (``create`` gives a token, ``verify`` an id, ``-214`` while the cover is being fetched); lists hold ten at most.
``POST /_simulator/expire`` ends the access token, ``POST /_simulator/revoke`` all tokens. Faults as in the simulated
iOffice.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from .control import Call, Refused, Reply, Simulator, json_reply, main
from .ioffice_faults import AFTER, BEFORE, instead, spoiled

SECRET = "khoa-ung-dung-thu"  # noqa: S105 - of a simulator, visibly fake
SEED = "ma-lam-moi-0"
_REQUIRED = ("type", "title", "author", "cover", "description", "body", "status", "comment")


class ZaloSimulator(Simulator):
    """A Zalo Official Account for tests."""

    kind = "zalo"
    via = "zalo"

    def ready(self, base: str) -> dict[str, str]:
        """Say where the API is, and hand out what its operator would."""
        return {"url": f"{base}/", "app_id": "1", "secret_key": SECRET, "refresh_token": SEED}

    def show(self) -> dict[str, Any]:
        """Return the articles."""
        return {"articles": self._articles()}

    def act(self, name: str, body: Mapping[str, Any]) -> Any:  # noqa: ARG002 - these acts take nothing
        """End tokens."""
        if name not in ("expire", "revoke"):
            raise Refused(f"no such act: {name}")
        self.memory["access"] = ""
        if name == "revoke":
            self.memory["refresh"] = ""
        self.save()
        return {"done": True}

    def serve(self, call: Call) -> Reply:
        """Answer one call, with the faults planted for it."""
        label = f"{call.method} {call.path}"
        self.record(method=call.method, path=call.path)
        before = self.take_fault(label, *BEFORE)
        if before is not None:
            return instead(before)
        reply = json_reply(self._answer(call))
        self.save()
        after = self.take_fault(label, *AFTER)
        return spoiled(reply, after) if after is not None else reply

    def _answer(self, call: Call) -> dict[str, Any]:
        if call.path == "/v4/oa/access_token":
            return self._token(call)
        if not call.path.startswith("/v2.0/article/"):
            return _error(-209, "API is not support")
        if call.headers.get("access_token", "") != self.memory.get("access") or not self.memory.get("access"):
            return _error(-216, "Access token is invalid")
        name = call.path.rsplit("/", 1)[-1]
        if call.method == "GET":
            return self._reading(name, dict(parse_qsl(call.query)))
        return self._writing(name, call.json())

    def _token(self, call: Call) -> dict[str, Any]:
        form = dict(parse_qsl(call.body.decode()))
        if call.headers.get("secret_key") != SECRET or form.get("grant_type") != "refresh_token":
            return {"error": -14002, "error_name": "Invalid secret key"}
        if not form.get("refresh_token") or form["refresh_token"] != self.memory.get("refresh", SEED):
            return {"error": -14014, "error_name": "Invalid refresh token"}
        count = self.memory["renewals"] = int(self.memory.get("renewals", 0)) + 1
        self.memory["access"], self.memory["refresh"] = f"ma-truy-cap-{count}", f"ma-lam-moi-{count}"
        return {
            "access_token": self.memory["access"], "refresh_token": self.memory["refresh"], "expires_in": "90000"
        }  # fmt: skip

    def _reading(self, name: str, query: Mapping[str, str]) -> dict[str, Any]:
        articles = self._articles()
        if name == "getdetail":
            article = articles.get(query.get("id", ""))
            return _ok(article) if article else _error(-201, "id is invalid")
        if name == "getslice":
            limit, offset = int(query.get("limit", "10")), int(query.get("offset", "0"))
            if limit > 10:
                return _error(-201, "maximum limit is 10")
            rows = sorted(articles.values(), key=lambda one: -int(one["made"]))
            shown = [{"id": one["id"], "title": one["title"], "status": one["status"]} for one in rows]
            return _ok({"medias": shown[offset : offset + limit], "total": len(shown)})
        return _error(-209, "API is not support")

    def _writing(self, name: str, content: Mapping[str, Any]) -> dict[str, Any]:
        articles, waiting = self._articles(), self.memory.setdefault("waiting", {})
        if name == "create":
            missing = [key for key in _REQUIRED if not content.get(key)]
            if missing or len(str(content.get("title"))) > 150 or len(str(content.get("description"))) > 300:
                return _error(-201, f"{(missing or ['title'])[0]} value is invalid")
            count = self.memory["made"] = int(self.memory.get("made", 0)) + 1
            waiting[f"token-{count}"] = {"polls": 1, "article": {**content, "id": f"bai-{count}", "made": count}}
            return _ok({"token": f"token-{count}"})
        if name == "verify":
            entry = waiting.get(str(content.get("token")))
            if entry is None:
                return _error(-201, "token is invalid")
            if entry["polls"] > 0:
                entry["polls"] -= 1
                return _error(-214, "Article is being processed")
            articles[entry["article"]["id"]] = entry["article"]
            return _ok({"id": entry["article"]["id"]})
        article = articles.get(str(content.get("id")))
        if article is None:
            return _error(-201, "id is invalid")
        if name == "update":
            article.update({key: value for key, value in content.items() if key in _REQUIRED})
            article["link_view"] = f"https://oa.zalo.example/d?id={article['id']}"
            return _ok({"id": article["id"]})
        if name == "remove":
            del articles[article["id"]]
            return _ok({})
        return _error(-209, "API is not support")

    def _articles(self) -> dict[str, Any]:
        articles: dict[str, Any] = self.memory.setdefault("articles", {})
        return articles


def _ok(data: Mapping[str, Any]) -> dict[str, Any]:
    return {"error": 0, "message": "Success", "data": dict(data)}


def _error(number: int, message: str) -> dict[str, Any]:
    return {"error": number, "message": message}


if __name__ == "__main__":
    raise SystemExit(main(ZaloSimulator))
