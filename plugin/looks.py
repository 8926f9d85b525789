"""How this agency's papers look: its settings as the `Look` that renditions take."""

from .house import House
from .minutes import Look, pictures_in, with_address

SEAL = "seal"


def look_of(house: House, disclosure: str = "") -> Look:
    """
    Return the looks of a paper.

    Args:
        disclosure: the matter that the QR code leads to; without one, or without ``[web] public-url``, the code names
            the paper and the digest of its body.

    Raises:
        ConfigurationError: the folder of pictures cannot be used.
    """
    dossier, web = house.configuration.dossier, house.configuration.web
    pictures = pictures_in(dossier.pictures) if dossier.pictures else {}
    seal = pictures.pop(SEAL, b"")
    look = Look(
        fonts=dossier.fonts, templates=dossier.templates, pictures=pictures, seal=seal, seal_width=dossier.seal_width
    )
    return with_address(look, web.public_url, disclosure)
