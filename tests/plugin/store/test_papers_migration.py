"""Minutes that were made before staff matters had any keep their signatures and get agency and subject."""

from pathlib import Path

from alembic import command
from alembic.config import Config

from congkhai.plugin import store as store_package
from congkhai.plugin.store.engine import engine_of

MIGRATIONS = Path(store_package.__file__).with_name("migrations")
AT = "2026-07-06T01:00:00Z"


def test_signed_minutes_survive_the_change_of_their_table(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'cu.sqlite'}"
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("sqlalchemy.url", url)
    engine = engine_of(url, writes=True)  # foreign keys are held, as in the house
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0013")
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO disclosure (id, agency, title, category, key, state, trigger, publish_by, remind_on, "
            "opened_at, row, note) VALUES ('c1', 'xa', 'Kế hoạch', '2', 'workplan', 'posted', '2026-07-01', "
            f"'{AT}', '2026-07-08', '{AT}', 1, '')"
        )
        connection.exec_driver_sql(
            "INSERT INTO minutes (id, disclosure, kind, roles, body_sha256, file_sha256, pdf_sha256, made_at, number) "
            f"VALUES ('m1', 'c1', 'posting', '[]', 'b', 'f', '', '{AT}', '')"
        )
        connection.exec_driver_sql(
            "INSERT INTO signature (minutes, role, signer, signed_at, signature_id) "
            f"VALUES ('m1', 'head', 'A', '{AT}', 's')"
        )
        connection.exec_driver_sql(
            "INSERT INTO signing_order (minutes, state, approver, refused_role, reason, deputies) "
            "VALUES ('m1', 'open', '', '', '', '{}')"
        )
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    with engine.begin() as connection:
        made = connection.exec_driver_sql("SELECT id, agency, subject, disclosure FROM minutes").all()
        signed = connection.exec_driver_sql("SELECT minutes, role FROM signature").all()
        orders = connection.exec_driver_sql("SELECT minutes, state FROM signing_order").all()
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        connection.exec_driver_sql(
            "INSERT INTO minutes (id, disclosure, subject, agency, kind, roles, body_sha256, file_sha256, pdf_sha256, "
            f"made_at, number) VALUES ('m2', NULL, 'v1', 'xa', 'conference', '[]', 'b', 'f', '', '{AT}', '')"
        )
    engine.dispose()
    assert [tuple(row) for row in made] == [("m1", "xa", "c1", "c1")]
    assert [tuple(row) for row in signed] == [("m1", "head")]
    assert [tuple(row) for row in orders] == [("m1", "open")]
    assert not broken
