"""What ``congkhai check`` says about signing in at an OpenID provider."""

from collections.abc import Iterator
from importlib.util import find_spec

from ..config.configuration import Configuration
from ..config.oidc_settings import pairs
from ..errors import CongkhaiError
from ..records import CheckResult
from ..regulation import load_regulation
from ..text import _
from .oidc import Provider

ID = "sign-in"


def sign_in_results(configuration: Configuration, *, live: bool) -> Iterator[CheckResult]:
    """
    Look at the keys ``[web] oidc-*``; with `live` ask the provider what it publishes, keys included.

    Nothing is said where the ini names no provider.
    """
    web = configuration.web
    if not web.oidc_issuer:
        return
    if find_spec("authlib") is None or find_spec("joserfc") is None:
        advice = _("Chạy pip install 'congkhai[oidc]' rồi khởi động lại.")
        yield CheckResult(ID, "fail", _("Chưa cài phần đăng nhập một cửa."), advice)
        return
    known = {rule.role for rule in load_regulation(configuration.agency.regulation).signers}
    for _group, role in pairs(web.oidc_roles):
        if role not in known:
            advice = _("Vai trò có trong quy chế: {known}.").format(known=", ".join(sorted(known)))
            what = _("oidc-roles nêu vai trò {role}, quy chế không có.").format(role=role)
            yield CheckResult(f"{ID}:{role}", "fail", what, advice)
    if not live:
        yield CheckResult(ID, "skipped", _("Chưa hỏi nơi đăng nhập một cửa (dùng --live)."))
        return
    provider = Provider(web)
    try:
        provider.metadata()
        provider.published_keys()
    except CongkhaiError as error:
        yield CheckResult(ID, "fail", str(error), error.advice)
        return
    yield CheckResult(ID, "ok", _("Nơi đăng nhập một cửa trả lời: {issuer}.").format(issuer=web.oidc_issuer))
