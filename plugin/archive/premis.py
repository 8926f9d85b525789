"""Preservation metadata (PREMIS 3.0): the files, what happened to them by the journal, and which program did it."""

from collections.abc import Iterable

from lxml import etree

from .mets import XSI, moment_text
from .records import ArchiveDossier, Content, Event

PREMIS = "http://www.loc.gov/premis/v3"
_P = f"{{{PREMIS}}}"
_AGENT = "congkhai"


def _identified(parent: etree._Element, name: str, kind: str, value: str) -> None:
    one = _add(parent, f"{name}Identifier")
    _add(one, f"{name}IdentifierType", kind)
    _add(one, f"{name}IdentifierValue", value)


def _add(parent: etree._Element, name: str, text: str | None = None, **attributes: str) -> etree._Element:
    element: etree._Element = etree.SubElement(parent, _P + name, attributes)
    element.text = text
    return element


def _root() -> etree._Element:
    return etree.Element(f"{_P}premis", {"version": "3.0"}, nsmap={None: PREMIS, "xsi": XSI})


def dossier_premis(dossier: ArchiveDossier, objid: str, software: tuple[str, str]) -> bytes:
    """Write the history of the package as an intellectual entity: what the journal records of the dossier."""
    root = _root()
    one = _add(root, "object")
    one.set(f"{{{XSI}}}type", "intellectualEntity")
    _identified(one, "object", "local", objid)
    _add(one, "originalName", dossier.id)
    _events(root, dossier.events, objid)
    _agent(root, software)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def files_premis(files: Iterable[tuple[str, Content]], software: tuple[str, str]) -> bytes:
    """
    Write every data file with size, digest and media type.

    Args:
        files: name in the package and content.
    """
    root = _root()
    for name, content in files:
        one = _add(root, "object")
        one.set(f"{{{XSI}}}type", "file")
        _identified(one, "object", "local", name)
        facts = _add(one, "objectCharacteristics")
        _add(facts, "compositionLevel", "0")
        fixity = _add(facts, "fixity")
        _add(fixity, "messageDigestAlgorithm", "SHA-256")
        _add(fixity, "messageDigest", content.sha256.upper())
        _add(facts, "size", str(content.size))
        _add(_add(_add(facts, "format"), "formatDesignation"), "formatName", content.media_type)
        _add(one, "originalName", content.name)
    _agent(root, software)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _events(root: etree._Element, events: Iterable[Event], objid: str) -> None:
    for event in events:
        one = _add(root, "event")
        _identified(one, "event", "congkhai journal entry", event.entry)
        _add(one, "eventType", event.type)
        _add(one, "eventDateTime", moment_text(event.at))
        detail = _add(_add(one, "eventDetailInformation"), "eventDetail")
        detail.text = f"{event.act} {event.subject} {event.facts}"
        _add(_add(one, "eventOutcomeInformation"), "eventOutcome", "success")
        agent = _add(one, "linkingAgentIdentifier")
        _add(agent, "linkingAgentIdentifierType", "local")
        _add(agent, "linkingAgentIdentifierValue", _AGENT)
        _add(agent, "linkingAgentRole", "executing program")
        linked = _add(one, "linkingObjectIdentifier")
        _add(linked, "linkingObjectIdentifierType", "local")
        _add(linked, "linkingObjectIdentifierValue", objid)


def _agent(root: etree._Element, software: tuple[str, str]) -> None:
    one = _add(root, "agent")
    _identified(one, "agent", "local", _AGENT)
    _add(one, "agentName", software[0])
    _add(one, "agentType", "software")
    _add(one, "agentVersion", software[1] or "0")
