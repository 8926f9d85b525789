"""
A simulated VNPT iOffice (``qlvb``) that speaks its REST contract as far as the published clients show it.

With ``gateway`` (see `gateway`) it stands behind a provincial gateway: then ``/token`` and
``api/lgsp/gettoken/USER/`` hand out tokens and ``api/lgsp/sendvb/`` takes new papers. ``api/shared/thongbao/create/``
publishes a notice, as a province may offer it.

Habits of a deployment are switches (``POST /_simulator/switch {"paging": "stuck", …}``): ``login`` (``ok``, ``otp``,
``captcha``, ``locked``, ``wrong``), ``token_in`` (``body``, ``header``), ``token_ttl`` (calls), ``expiry`` (``401``,
``body``, ``html``), ``need_cookie``, ``ids`` (``str``, ``int``), ``nulls`` (``mixed``), ``dates`` (``mixed``, ``bad``),
``spelling`` (``list``, ``detail``, ``newer``, ``foreign``), ``codes`` (types as codes only), ``count_extra`` (pages
that the counting twins invent), ``detail_marks_read`` (default yes), ``paging`` (``border_repeat``, ``extra_row``,
``shift``, ``stuck``), ``cap`` (rows), ``results_after_hours``, ``vanished`` and ``denied`` (ids of papers, the system's
or the scenario's: taken back without a word; no right to them any more), ``search_ignores`` (search members without
effect). Faults are planted per call, see ``ioffice_faults``.
Calls that must never be made answer success, change state and are counted as tripwires.

Acts: ``comment`` {"document" (id or number), "text", "by", "updateDate"} (somebody writes into a paper's activity log),
``notice`` {"title", "key"} (a clerk publishes a notice), ``notice-remove`` {"key"}, ``switch``, ``token`` (an
operator's token), ``bootstrap`` (the keys and the bootstrap token that a gateway's operator hands out).
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from . import ioffice_papers as shown
from .control import Call, Fault, Refused, Reply, Simulator, json_reply, main
from .gateway import TOKEN_PATH, Gateway
from .ioffice_faults import AFTER, BEFORE, ON_FILES, error, expired, instead, page, spoiled, spoiled_file, tripwire
from .scenario import Scenario, moment

CONTEXT = "/qlvb/"
_LISTS = {
    "api/document/lookupdocument/": "search",
    "api/document/paginglookupdocument/": "search",
    "api/document/getlistwaitingdocument/": "waiting",
    "api/document/getpagingwaitingdocument/": "waiting",
    "api/document/getlistprocesseddocument/": "processed",
    "api/document/getpagingprocesseddocument/": "processed",
    "api/document/getlistnotifydocument/": "none",
    "api/document/getpagingnotifydocument/": "none",
    "api/document/getlistoutdatedocument/": "none",
    "api/document/getpagingoutdatedocument/": "none",
}
_BRIEFS = [
    {"id": "501", "name": "Công khai tại cơ quan", "parentId": "", "createDate": "01/01/2025"},
    {"id": "502", "name": "Hồ sơ công khai", "parentId": "501", "createDate": "02/01/2025"},
]
_CATALOGUES = {
    "getlisttypecode": [{"code": "KH", "name": "Kế hoạch"}, {"code": "QD", "name": "Quyết định"}],
    "getlistfield": [{"code": "TC", "name": "Tài chính"}],
    "getlistpriority": [{"code": "0", "name": "Thường"}, {"code": "1", "name": "Khẩn"}],
    "getlistunit": [{"id": "1", "name": "Ủy ban nhân dân xã"}],
    "countmenu": [{"name": "DEN_CHO_XU_LY", "number": "0"}],
}
_ONE = re.compile(r"(api/[a-z]+/[a-z]+)/([^/]+)/")


class IofficeSimulator(Simulator):
    """Simulated VNPT iOffice with one agency's papers."""

    kind: ClassVar[str] = "ioffice"
    via: ClassVar[str] = "ioffice"

    def __init__(self, folder: Path, scenario: Scenario) -> None:
        super().__init__(folder, scenario)
        self._held: list[shown.Paper] = []
        self._seen: list[shown.Paper] = []
        self._by_id: dict[int, shown.Paper] = {}
        self._seen_at: datetime | None = None
        self._opened: set[int] = set()

    def ready(self, base: str) -> dict[str, str]:
        """Say where the REST interface begins, context path included, and where a gateway hands out tokens."""
        return {"url": base + CONTEXT, "token_url": base + TOKEN_PATH, "user": "tich-hop", "password": "bat-ky"}

    @property
    def gateway(self) -> Gateway:
        """The gateway in front, which lets everything pass until it is switched on."""
        return Gateway(self.memory, self._switches, self.scenario.name)

    def show(self) -> dict[str, Any]:
        """Return what happened in the system: tripwires hit, pushed dossiers (without bytes), links, notices."""
        return {
            "tripwires": self._kept("tripwires"),
            "pushed": self._kept("pushed"),
            "links": self._kept("links"),
            "notices": self._kept("notices"),
            "switches": self._switches,
            "papers": [paper.id for paper in self._papers()],
        }

    def act(self, name: str, body: Mapping[str, Any]) -> Any:
        """Carry out an act of a clerk or of the system's operator."""
        if name == "switch":
            self._switches.update(body)
            self._seen_at = None
            self.save()
            return self._switches
        if name == "token":
            token = self._new_token()
            self.save()
            return {"token": token}
        if name == "bootstrap":
            self.memory["bootstrap"] = "sim-khoi-dau"
            self.save()
            return {"token": "sim-khoi-dau", "keys": self.gateway.keys}
        if name == "notice":
            return self._publish(body)
        if name == "comment":
            return self._comment(body)
        if name == "notice-remove":
            left = [notice for notice in self._kept("notices") if notice["key"] != body.get("key")]
            self.memory["notices"] = left
            self.save()
            return {"notices": len(left)}
        raise Refused(f"no such act: {name}")

    def serve(self, call: Call) -> Reply:
        """Answer one call and write it down."""
        path = call.path.removeprefix(CONTEXT) if call.path.startswith(CONTEXT) else ""
        label = f"{call.method} {path}"
        token = call.headers.get("x-authentication-token", "")
        facts: dict[str, Any] = {"method": call.method, "path": path or call.path}
        if call.path == TOKEN_PATH and call.method == "POST" and "bearer" in self.gateway.modes:
            reply = self.gateway.token(call)
            self.save()
            self.record(**facts, status=reply.status)
            return reply
        if token:
            facts["token"] = hashlib.sha256(token.encode()).hexdigest()[:8]
        if self.in_outage():
            reply = page("<html><body>Service Unavailable</body></html>", 503)
        elif fault := self.take_fault(label, *BEFORE):
            facts["fault"] = fault.fault
            reply = instead(fault)
        else:
            reply = self._work(call, path, token, facts)
            if reply.status == 200 and (fault := self.take_fault(label, *AFTER)):
                facts["fault"] = fault.fault
                reply = spoiled(reply, fault)
        self.record(**facts, status=reply.status)
        return reply

    # one call, when nothing is wrong with the wire

    def _work(self, call: Call, path: str, token: str, facts: dict[str, Any]) -> Reply:
        if not path or not path.endswith("/"):
            return page("<html><body>404</body></html>", 404)
        try:
            body = call.json() if call.method == "POST" else {}
        except ValueError:
            return error("error_request", "JSON không hợp lệ", 400)
        refusal = self.gateway.refuses(call)
        if refusal is not None:
            return refusal
        if re.fullmatch(r"api/login/(v\d+/)?", path) and call.method == "POST":
            return self._login(body)
        if call.method == "GET" and re.fullmatch(r"api/lgsp/gettoken/[^/]+/", path) and "lgsp" in self.gateway.modes:
            return self._user_token(token)
        # Behind a gateway with bearer tokens the e-office wants no token of its own.
        if "bearer" not in self.gateway.modes and not self._session_good(token, call):
            return expired(str(self._switches.get("expiry", "401")))
        if tripwire(call.method, path):
            facts["tripwire"] = True
            self._keep("tripwires", label=f"{call.method} {path}")
            return json_reply({"status": {"code": "0", "message": ""}, "data": "TRUE"})
        return self._route(call, path, body, facts)

    def _route(self, call: Call, path: str, body: Any, facts: dict[str, Any]) -> Reply:
        if call.method == "POST":
            fixed: dict[str, Callable[[Any], Reply]] = {
                "api/notifycation/getlistnotify/v2/": self._notices,
                "api/brief/savebrief/": self._link,
                "api/shared/integration/doc/create/": self._push,
                "api/lgsp/sendvb/": self._push_by_gateway,
                "api/shared/thongbao/create/": self._publish_by_call,
            }
            if path in _LISTS:
                return self._list(path, body)
            if path in fixed:
                if path.endswith("savebrief/"):
                    facts["finish"] = body.get("finish") if isinstance(body, dict) else None
                return fixed[path](body)
            if path == "api/shared/integration/doc/receive_status/":
                return self._consume(call.query)
        elif call.method == "GET":
            if path == "api/brief/getlistbrief/":
                return _good(_BRIEFS)
            if path == "api/shared/congvan_stc/get_result/":
                return self._results()
            name = path.removeprefix("api/document/").strip("/")
            if name in _CATALOGUES:
                return _good(_CATALOGUES[name])
            if match := _ONE.fullmatch(path):
                facts["id"] = match[2]
                return self._one(match[1], match[2], path)
        return page("<html><body>404</body></html>", 404)

    # session

    def _login(self, body: Any) -> Reply:
        how = self._switches.get("login", "ok")
        if not isinstance(body, dict) or not body.get("username") or not body.get("password"):
            return error("error_login", "Thiếu tên đăng nhập hoặc mật khẩu")
        self.memory["logins"] = self.memory.get("logins", 0) + 1
        self.save()
        if how == "otp":
            return json_reply({"status": {"code": "0", "message": ""}, "data": {"mobile": "09****000"}})
        if how == "captcha":
            return error("error_login", "Vui lòng nhập mã xác nhận")
        if how == "locked":
            return error("error_login", "Tài khoản bị khóa, thử lại sau 5 phút")
        if how == "wrong":
            return error("error_login", "Tên đăng nhập hoặc mật khẩu không đúng")
        token = self._new_token()
        self.save()
        data = {"username": body["username"], "fullName": "Tài khoản tích hợp", "password": "x" * 8, "menu": []}
        headers: tuple[tuple[str, str], ...] = (("Set-Cookie", "JSESSIONID=phien; Path=/qlvb/; HttpOnly"),)
        if self._switches.get("token_in", "body") == "header":
            headers = (*headers, ("x-authentication-TOKEN", token))
        else:
            data["token"] = token
        return json_reply({"status": {"code": "0", "message": ""}, "data": data}, headers=headers)

    def _user_token(self, bootstrap: str) -> Reply:
        """Hand out one user's token, to the bootstrap token that the operator was given."""
        if bootstrap != self.memory.get("bootstrap"):
            return error("error_authentication_required", "Token khởi đầu không đúng", 401)
        token = self._new_token()
        self.save()
        return _good({"token": token})

    def _new_token(self) -> str:
        number = self.memory.get("issued", 0) + 1
        self.memory["issued"] = number
        digest = hashlib.sha256(f"{self.scenario.name} {number}".encode()).hexdigest()
        token = f"$SIM.{number}/{digest[:24]}"
        # A new login ends the former session, as a system with one session an account does.
        self.memory["tokens"] = {token: 0}
        return token

    def _session_good(self, token: str, call: Call) -> bool:
        tokens: dict[str, int] = self.memory.setdefault("tokens", {})
        if token not in tokens:
            return False
        if self._switches.get("need_cookie") and "JSESSIONID=phien" not in call.headers.get("cookie", ""):
            return False
        limit = self._switches.get("token_ttl")
        if limit is None:
            return True
        tokens[token] += 1
        self.save()
        return tokens[token] <= int(limit)

    # reading

    def _papers(self) -> list[shown.Paper]:
        if self._seen_at != self.now:
            self._held = shown.papers(self.scenario, self.now, self.via)
            self._seen = shown.without(self._held, self._switches)
            self._by_id = {paper.id: paper for paper in self._seen}
            self._seen_at = self.now
        return self._seen

    def _list(self, path: str, body: Any) -> Reply:
        number, size = body.get("pageNo"), body.get("pageRec")
        if not (isinstance(number, str) and isinstance(size, str) and number.isdigit() and size.isdigit()):
            return error("error_request", "pageNo, pageRec phải là chuỗi")
        which, found = _LISTS[path], self._papers()
        try:
            if which == "search":
                ignored = self._switches.get("search_ignores") or ()
                asked = body.get("parameter") or {}
                found = shown.search(found, {name: asked[name] for name in asked if name not in ignored})
            else:
                choose = {"waiting": shown.waiting, "processed": shown.processed}.get(which)
                found = choose(found, self.now) if choose else []
        except ValueError:
            return error("error_request", "Ngày không hợp lệ")
        if "paging" in path:
            extra = int(self._switches.get("count_extra", 0))
            return _good({"pageNo": -(-len(found) // max(1, int(size))) + extra, "pageRec": int(size)})
        cut = self._cut(found, int(number), int(size))  # rows are written for the page only: lists may be long
        return _good([shown.row(paper, self._switches, self._opened) for paper in cut])

    def _cut(self, rows: list[Any], number: int, size: int) -> list[Any]:
        """Return one page, with the bad habits of real servers where a switch asks for them."""
        how = self._switches.get("paging", "")
        size = min(size, int(self._switches.get("cap") or size))
        if how == "stuck":
            number = min(number, max(1, -(-len(rows) // size)))
        first = (number - 1) * size
        if how == "shift" and number > 1:
            first -= 1  # a paper came in meanwhile and pushed everything down by one
        if how == "border_repeat" and number > 1:
            return rows[first - 1 : first + size] if first < len(rows) else []
        return rows[first : first + size + (1 if how == "extra_row" else 0)]

    def _one(self, call: str, key: str, path: str) -> Reply:
        if not key.isdigit():
            return error("error_request", "Mã không hợp lệ", 400)
        self._papers()
        if call in {"api/file/download", "api/file/downloadpdf", "api/file/downloaddocument"}:
            return self._download(call, int(key), path)
        if call == "api/notifycation/getdetailnotify":
            return self._notice(key)
        paper = self._by_id.get(int(key))
        if shown.is_denied(self._held, key, self._switches):
            return error("error_permission", "Không có quyền xem văn bản", 403)
        if paper is None or paper.entry.fault == "gone":
            return error("error_not_found", "Không tìm thấy văn bản", 404)
        if call == "api/document/getdetaildocument":
            if self._switches.get("detail_marks_read", True):
                self._opened.add(paper.id)  # kept in memory only: nothing may depend on it
            return _good(shown.detail(paper, self._switches))
        if call == "api/file/getfileattach":
            return _good(shown.files(paper, self._switches))
        if call == "api/file/getfilerelated":
            return _good(shown.related(paper, self._switches))
        if call == "api/document/getactivitylog":
            return _good(shown.activity(paper, self._kept("comments"), self._switches))
        if call == "api/document/getdocrelated":
            return _good([])
        return page("<html><body>404</body></html>", 404)

    def _download(self, call: str, key: int, path: str) -> Reply:
        self._papers()
        found = shown.find_file(self._by_id, key)
        if found is None:
            return error("error_not_found", "Không tìm thấy tệp", 404)
        paper, _name, content = found
        fault = self.take_fault(f"GET {path}", *ON_FILES)
        if fault is None and paper.entry.fault is not None and paper.entry.fault in ON_FILES:
            fault = Fault(paper.entry.fault)
        if fault is not None:
            return spoiled_file(content, fault)
        if call.endswith("downloaddocument"):
            return _good({"data": base64.b64encode(content).decode("ascii")})
        return Reply(body=content, content_type="application/octet-stream")

    # comments and notices

    def _comment(self, body: Mapping[str, Any]) -> dict[str, Any]:
        named = str(body.get("document", ""))
        paper = next((one for one in self._papers() if named in {str(one.id), one.entry.number}), None)
        if paper is None or "text" not in body:
            raise Refused("a comment needs its document and text")
        more = {name: body[name] for name in ("updateDate",) if name in body}
        comment = {
            "document": paper.id, "fullName": body.get("by", "Trần Thị Mẫu"), "updateBy": "mau.tt", "status": "2",
            "updateDate": shown.minute(self.now, self._switches), "comment": body["text"], "chuyenToi": "",
            "action": "Cho ý kiến", **more,
        }  # fmt: skip
        self._kept("comments").append(comment)
        self.save()
        return comment

    def _publish(self, body: Mapping[str, Any]) -> dict[str, Any]:
        if not body.get("title"):
            raise Refused("a notice needs its title")
        key = str(body.get("key", ""))
        number = self.memory.get("notices_made", 0) + 1
        self.memory["notices_made"] = number
        title = f"{body['title']} [{key}]" if key else str(body["title"])
        notice = {
            "id": str(9000 + number),
            "key": key,
            "title": title,
            "link": f"thong-bao/{9000 + number}",
            "type": "THONG_BAO",
            "createdDate": f"{shown.local(self.now):%Y-%m-%d %H:%M:%S}",
            "createdUser": str(body.get("user", "Văn thư")),
        }
        self._kept("notices").append(notice)
        self.save()
        return notice

    def _notices(self, body: Any) -> Reply:
        number, size = body.get("pageNo"), body.get("pageRec")
        if not (isinstance(number, str) and isinstance(size, str)):
            return error("error_request", "pageNo, pageRec phải là chuỗi")
        rows = [
            {**{name: value for name, value in notice.items() if name != "key"}, "avatar": ""}
            for notice in reversed(self._kept("notices"))
        ]
        return _good(self._cut(rows, int(number), int(size)))

    def _notice(self, key: str) -> Reply:
        notice = next((notice for notice in self._kept("notices") if notice["id"] == key), None)
        if notice is None:
            return error("error_not_found", "Không tìm thấy thông báo")
        return _good({"type": notice["type"], "parameter": {"id": key, "title": notice["title"]}})

    # writing

    def _push(self, body: Any) -> Reply:
        if not isinstance(body, list) or not body:
            return error("error_request", "Dữ liệu phải là mảng")
        for item in body:
            if not isinstance(item, dict) or not item.get("dossierId") or not item.get("files"):
                return error("error_request", "Thiếu dossierId hoặc files")
            try:
                files = [_received(file) for file in item["files"]]
            except (KeyError, TypeError, binascii.Error, ValueError):
                return error("error_request", "fileData không phải base64")
            # The real call has no known rule against sending twice: a second one is a second document, and shows.
            self._keep("pushed", dossierId=str(item["dossierId"]), summary=str(item.get("summary", "")), files=files)
        return _good("TRUE")

    def _push_by_gateway(self, body: Any) -> Reply:
        key = body.get("maHoSo") or body.get("documentCode") if isinstance(body, dict) else None
        if not key or not body.get("files"):
            return error("error_request", "Thiếu maHoSo hoặc files")
        try:
            files = [_received({"fileName": file["fileName"], "fileData": file["fileByte"]}) for file in body["files"]]
        except (KeyError, TypeError, binascii.Error, ValueError):
            return error("error_request", "fileByte không phải base64")
        title = str(body.get("trichYeu") or body.get("tenHoSo") or "")
        self._keep("pushed", dossierId=str(key), summary=title, files=files)
        return _good(None)

    def _publish_by_call(self, body: Any) -> Reply:
        if not isinstance(body, dict) or not body.get("title"):
            return error("error_request", "Thiếu title")
        return _good(self._publish({"title": body["title"], "user": "congkhai"})["id"])

    def _results(self) -> Reply:
        late = float(self._switches.get("results_after_hours") or 0) * 3600
        rows = []
        for number, item in enumerate(self._kept("pushed"), start=1):
            sent = moment(item["at"], "pushed")
            age = (self.now - sent).total_seconds()
            if age >= late and not item.get("consumed"):
                when = f"{shown.local(sent):%d/%m/%Y}"
                rows.append(
                    {"dossierId": item["dossierId"], "soKyHieu": f"{number}/HS-CK", "ngayBanHanh": when, "files": []}
                )
        return _good(rows)

    def _consume(self, query: str) -> Reply:
        asked = set(query.removeprefix("ids=").split(","))
        for item in self._kept("pushed"):
            if item["dossierId"] in asked:
                item["consumed"] = True
        self.save()
        return _good("TRUE")

    def _link(self, body: Any) -> Reply:
        known = {brief["id"] for brief in _BRIEFS}
        if not isinstance(body, dict) or body.get("id") not in known or not isinstance(body.get("docId"), int):
            return error("error_request", "Hồ sơ hoặc văn bản không hợp lệ")
        if body.get("finish") != 0:
            self._keep("tripwires", label="POST api/brief/savebrief/ finish")
        self._keep("links", brief=body["id"], document=body["docId"], finish=body.get("finish"))
        return _good("Thành công")

    # memory

    @property
    def _switches(self) -> dict[str, Any]:
        switches: dict[str, Any] = self.memory.setdefault("switches", {})
        return switches

    def _kept(self, name: str) -> list[Any]:
        kept: list[Any] = self.memory.setdefault(name, [])
        return kept

    def _keep(self, name: str, **fields: Any) -> None:
        self._kept(name).append({"at": self.now.isoformat(), **fields})
        self.save()


def _received(file: Mapping[str, Any]) -> dict[str, Any]:
    content = base64.b64decode(file["fileData"], validate=True)
    return {"name": str(file["fileName"]), "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def _good(data: Any) -> Reply:
    return json_reply({"status": {"code": "0", "message": ""}, "data": data})


if __name__ == "__main__":
    raise SystemExit(main(IofficeSimulator))
