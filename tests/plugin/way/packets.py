"""An edXML drop folder and packets to put into it."""

from congkhai.connectors.simulators.edxml_packets import PacketFields, PacketFile, Party, document_packet

US = Party("000.01.25.H99", "UBND xã Mẫu Sơn")
PROVINCE = Party("000.00.00.H37", "UBND tỉnh Lạng Sơn")
INBOX = """
[connector:truc]
type = edxml
folder = hop-thu
complete-when = renamed
agency-ids = 000.01.25.H99
source-is-plain = yes
source-is-plain-basis = Quy chế mẫu
"""


def packet(number: str, kind: str, subject: str, sender: Party, issued: str) -> bytes:
    """Write an edXML packet with one text file."""
    return document_packet(
        PacketFields(
            identifier=f"{sender.id},{issued},{number}", number=number, issued=issued, type=kind, subject=subject,
            sender=sender, receivers=(US,), files=(PacketFile("van-ban.txt", f"{subject}\n".encode()),),
        )
    )  # fmt: skip
