"""What clerks entered before feedback had sources of its own is still there after the upgrade, each comment once."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from congkhai.plugin import store as store_package

MIGRATIONS = Path(store_package.__file__).with_name("migrations")
OLD = [("2026-07-06T01:00:00Z", "Lê Văn Mẫu", "Đề nghị làm rõ"), ("2026-07-07T01:00:00Z", "Lê Văn Mẫu", "Nhất trí")]


def test_old_comments_move_into_the_new_table(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'cu.sqlite'}"
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("sqlalchemy.url", url)
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        connection.exec_driver_sql(
            "INSERT INTO disclosure (id, agency, title, category, key, state, trigger, publish_by, remind_on, "
            "opened_at, row, note) VALUES ('c1', 'main', 'Kế hoạch', '2', 'workplan', 'posted', '2026-07-01', "
            "'2026-07-08T17:00:00Z', '2026-07-08', '2026-07-01T01:00:00Z', 1, '')"
        )
        for row in OLD:
            connection.exec_driver_sql(
                "INSERT INTO feedback (disclosure, at, \"by\", text) VALUES ('c1', ?, ?, ?)", row
            )
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
        moved = connection.exec_driver_sql(
            'SELECT received_at, "by", text, agency, source, disclosure, state FROM feedback_item ORDER BY id'
        ).all()
        left = sa.inspect(connection).get_table_names()
    engine.dispose()
    assert [tuple(row) for row in moved] == [(*row, "main", "clerk", "c1", "new") for row in OLD]
    assert "feedback" not in left
