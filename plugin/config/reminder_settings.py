"""The section ``[reminders]`` of the ini: who is reminded of limits and duties, and when."""

from datetime import timedelta
from typing import Literal

from pydantic import Field

from .settings import Duration, Settings, Words, YesNo
from .values import Counts, DutyDays


class ReminderSettings(Settings):
    """Nhắc hạn công khai và các nghĩa vụ định kỳ."""

    enabled: YesNo = Field(default=True, description="Có nhắc việc và theo dõi nghĩa vụ định kỳ hay không.")
    before: Counts = Field(
        default=(2, 0), description="Nhắc trước bao nhiêu ngày làm việc; 0 là chính ngày cuối cùng nên làm."
    )
    overdue: Literal["daily", "working-days", "never"] = Field(
        default="daily", description="Quá hạn thì nhắc lại hằng ngày, mỗi ngày làm việc, hay không nhắc."
    )
    to: Words = Field(default=("records_officer",), description="Các vai trò được nhắc.")
    overdue_to: Words = Field(default=("records_officer", "head"), description="Các vai trò được nhắc khi đã quá hạn.")
    certificate_before: Duration = Field(
        default=timedelta(days=30),
        gt=timedelta(0),
        description="Nhắc trước bao lâu khi chứng thư của người ký hoặc chứng thư gốc sắp hết hạn.",
    )
    horizon: Duration = Field(
        default=timedelta(days=45), gt=timedelta(0), description="Lập danh sách nghĩa vụ trước bao lâu."
    )
    days: DutyDays = Field(
        default=(),
        description="Ngày của nghĩa vụ mà quy chế không nêu ngày: KHOÁ NGÀY/THÁNG, hoặc KHOÁ NGÀY cho mọi tháng, "
        "ví dụ yearly_report 10/12, people_list 05/01, people_list 05/04.",
    )
    without: Words = Field(
        default=(), description="Khoá của những nghĩa vụ cơ quan không có, ví dụ inspection_board_report."
    )
    longest_due: Duration = Field(
        default=timedelta(days=400),
        gt=timedelta(0),
        description="Hạn giải quyết xa hơn mức này so với ngày nhận bị coi là ghi sai và không dùng.",
    )
