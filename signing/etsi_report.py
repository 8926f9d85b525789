"""
A verification's result as the ETSI signature validation report, for other programs.

What is written is what was found: verdict, sub-indication, times, role, covered content, reasons. Certificates appear
by their digest, the signed file by its name.

Source: ETSI TS 119 102-2 V1.4.1 (namespace ``http://uri.etsi.org/19102/v1.4.1#``).
"""

from base64 import b64encode
from datetime import datetime

from lxml import etree

from .algorithms import BY_NAME
from .report import FileReport, Indication, Report, SignatureReport, TimestampReport, iso
from .xmlsafe import DS, is_xml_text

VR = "http://uri.etsi.org/19102/v1.4.1#"
_MAIN = {
    Indication.PASSED: "total-passed",
    Indication.FAILED: "total-failed",
    Indication.INDETERMINATE: "indeterminate",
}
_BLOCK = {Indication.PASSED: "passed", Indication.FAILED: "failed", Indication.INDETERMINATE: "indeterminate"}
_STAMPS = {
    "signature": "SignatureTimeStamp", "archive": "ArchiveTimeStamp", "content": "AllDataObjectsTimeStamp",
    "document": "DocTimeStamp",
}  # fmt: skip
"""Kind of a timestamp → element of the signature's attributes; a container's is none of them."""
_URN = "urn:etsi:019102"
_OWN = "urn:congkhai:verification"
_SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_XS = "http://www.w3.org/2001/XMLSchema"


def etsi_report(report: Report, at: datetime) -> bytes:
    """
    Write a report as TS 119 102-2 XML.

    Args:
        report: of a verification.
        at: the moment that was judged at, with zone.

    Returns:
        UTF-8 XML; one ``SignatureValidationReport`` for each signature, in the report's order, and one without
        identifier for each file that was judged without one. Not signed.

    Raises:
        ValueError: `at` has no zone, or there is no file in the report.
    """
    if at.tzinfo is None or not report.files:
        raise ValueError("a moment with zone and at least one file")
    return _Writer(at).write(report)


class _Writer:
    """Writes one report; keeps the objects that it refers to."""

    def __init__(self, at: datetime) -> None:
        self._at = at
        self._root = etree.Element(f"{{{VR}}}ValidationReport", nsmap={"vr": VR, "ds": DS, "xs": _XS, "xsi": _XSI})
        self._objects: dict[str, etree._Element] = {}

    def write(self, report: Report) -> bytes:
        for file in report.files:
            findings = [one.message for one in report.findings if one.where.startswith(file.path)]
            for signature in file.signatures:
                self._signature(file, signature)
            if not file.signatures:
                element = _add(self._root, "SignatureValidationReport")
                self._times(element, None)
                self._document(element, file)
                self._status(element, file.indication, None, findings)
        if self._objects:
            objects = _add(self._root, "SignatureValidationObjects")
            objects.extend(self._objects.values())
        return etree.tostring(self._root, encoding="UTF-8", xml_declaration=True, pretty_print=True)

    def _signature(self, file: FileReport, signature: SignatureReport) -> None:
        element = _add(self._root, "SignatureValidationReport")
        identifier = _add(element, "SignatureIdentifier")
        _add(identifier, "HashOnly", "false")
        _add(identifier, "DocHashOnly", "false")
        _add(identifier, "DAIdentifier", signature.id)
        self._times(element, signature)
        self._document(element, file)
        self._attributes(element, signature)
        if signature.certificate_sha256:
            signer = _add(element, "SignerInformation")
            _add(signer, "SignerCertificate").set("VOReference", self._certificate(signature))
            _add(signer, "Signer", signature.signer)
        self._status(element, signature.indication, signature, [])

    def _times(self, element: etree._Element, signature: SignatureReport | None) -> None:
        times = _add(element, "ValidationTimeInfo")
        _add(times, "ValidationTime", iso(self._at))
        best = _add(times, "BestSignatureTime")
        proven = signature is not None and signature.timestamp_time is not None
        moment = signature.best_signature_time if signature is not None else None
        _add(best, "POETime", iso(moment or self._at))
        _add(best, "TypeOfProof", f"{_URN}:poetype:{'validation' if proven else 'provided'}")

    def _document(self, element: etree._Element, file: FileReport) -> None:
        document = _add(element, "SignersDocument")
        place = _add(document, "SignersDocumentRepresentation")
        key = f"file {file.path}"
        if key not in self._objects:
            self._object(key, f"D-{len(self._objects) + 1}", "signedData")
            direct = _add(_add(self._objects[key], "ValidationObjectRepresentation"), "direct", file.path)
            direct.set(f"{{{_XSI}}}type", "xs:string")
        place.set("VOReference", self._objects[key].get("id", ""))

    def _certificate(self, signature: SignatureReport) -> str:
        key = f"certificate {signature.certificate_sha256}"
        if key not in self._objects:
            self._object(key, f"C-{signature.certificate_sha256.upper()}", "certificate")
            self._digest(self._objects[key], signature.certificate_sha256)
        return self._objects[key].get("id", "")

    def _object(self, key: str, identifier: str, kind: str) -> None:
        element = etree.Element(f"{{{VR}}}ValidationObject")
        element.set("id", identifier)
        _add(element, "ObjectType", f"{_URN}:validationObject:{kind}")
        self._objects[key] = element

    def _attributes(self, element: etree._Element, signature: SignatureReport) -> None:
        stamps = [one for one in signature.timestamps if one.time is not None and one.sha256]
        places = [(one, self._timestamp(one)) for one in stamps]
        if signature.signing_time is None and not signature.role and not any(one.kind in _STAMPS for one in stamps):
            return
        attributes = _add(element, "SignatureAttributes")
        if signature.signing_time is not None:
            time = _add(attributes, "SigningTime")
            time.set("Signed", "true")
            _add(time, "Time", iso(signature.signing_time))
        if signature.role:
            role = _add(attributes, "SignerRole")
            role.set("Signed", "true")
            details = _add(role, "RoleDetails")
            _add(details, "Role", signature.role)
            _add(details, "EndorsementType", "claimed")
        for one, place in places:
            if one.kind in _STAMPS:
                stamp = _add(attributes, _STAMPS[one.kind])
                _add(stamp, "AttributeObject").set("VOReference", place)
                _add(stamp, "TimeStampValue", iso(one.time))

    def _timestamp(self, stamp: TimestampReport) -> str:
        """Describe a timestamp as an object with a verdict of its own; return its identifier."""
        key = f"timestamp {stamp.sha256}"
        if key not in self._objects:
            self._object(key, f"T-{stamp.sha256.upper()}", "timestamp")
            self._digest(self._objects[key], stamp.sha256)
            report = _add(self._objects[key], "ValidationReport")
            status = _add(report, "SignatureValidationStatus")
            _add(status, "MainIndication", f"{_URN}:mainindication:{_BLOCK[stamp.indication]}")
            if stamp.sub_indication is not None:
                _add(status, "SubIndication", f"{_URN}:subindication:{stamp.sub_indication}")
            data = _add(_add(status, "AssociatedValidationReportData"), "AdditionalValidationReportData")
            said = [("timestamp-service", stamp.service), ("timestamp-time", iso(stamp.time) or "")]
            for kind, text in (*said, ("message", stamp.message)):
                _report_data(data, kind, text)
        return self._objects[key].get("id", "")

    def _digest(self, element: etree._Element, sha256: str) -> None:
        digest = _add(_add(element, "ValidationObjectRepresentation"), "DigestAlgAndValue")
        etree.SubElement(digest, f"{{{DS}}}DigestMethod").set("Algorithm", _SHA256)
        value = etree.SubElement(digest, f"{{{DS}}}DigestValue")
        value.text = b64encode(bytes.fromhex(sha256)).decode()

    def _status(
        self, element: etree._Element, main: Indication, signature: SignatureReport | None, findings: list[str]
    ) -> None:
        status = _add(element, "SignatureValidationStatus")
        _add(status, "MainIndication", f"{_URN}:mainindication:{_MAIN[main]}")
        if signature is not None and signature.sub_indication is not None:
            _add(status, "SubIndication", f"{_URN}:subindication:{signature.sub_indication}")
        said = [("message", one) for one in findings]
        data = _add(status, "AssociatedValidationReportData") if signature is not None or said else None
        if data is None:
            return
        if signature is not None:
            said += _facts(signature)
            spec = BY_NAME.get(signature.algorithm)
            if spec is not None and signature.certificate_sha256:
                crypto = _add(data, "CryptoInformation")
                _add(crypto, "ValidationObjectId").set("VOReference", self._certificate(signature))
                _add(crypto, "Algorithm", spec.uri)
                _add(crypto, "SecureAlgorithm", "true")
        more = _add(data, "AdditionalValidationReportData")
        for kind, text in said:
            _report_data(more, kind, text)


def _facts(signature: SignatureReport) -> list[tuple[str, str]]:
    """Return what the standard's own elements have no place for: the facts of TT 15/2025/TT-BKHCN and the scope."""
    facts = [
        ("level", signature.level), ("issuer", signature.issuer), ("serial", signature.serial),
        ("cert-manager", signature.cert_manager), ("integrity", signature.integrity),
        ("revocation", signature.revocation), ("covers", signature.covers),
        ("certificate-valid-from", iso(signature.certificate_valid_from) or ""),
        ("certificate-valid-to", iso(signature.certificate_valid_to) or ""),
        ("timestamp-time", iso(signature.timestamp_time) or ""),
    ]  # fmt: skip
    facts += [("scope", one) for one in signature.scope]
    facts += [("message", one) for one in signature.messages]
    return [(kind, text) for kind, text in facts if text]


def _report_data(parent: etree._Element, kind: str, text: str) -> None:
    one = _add(parent, "ReportData")
    _add(one, "Type", f"{_OWN}:{kind}")
    _add(one, "Value", text).set(f"{{{_XSI}}}type", "xs:string")


def _add(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    child: etree._Element = etree.SubElement(parent, f"{{{VR}}}{name}")
    if text is not None:
        # What a foreign file brought along may hold characters that XML cannot.
        child.text = "".join(char if is_xml_text(char) else "\ufffd" for char in text)
    return child
