"""
What a commune discloses to the people (Luật 10/2022/QH15 Điều 11), a regime of its own beside the internal list.

Each entry is the item's number and phrases of the subject; they are asked only of a commune's own papers.
"""

PEOPLE: tuple[tuple[int, tuple[str, ...]], ...] = (
    (3, ("thu hồi đất", "bồi thường hỗ trợ", "tái định cư", "kế hoạch sử dụng đất", "quỹ đất công ích")),
    (5, ("quỹ đóng góp của nhân dân", "huy động nhân dân đóng góp", "vận động đóng góp", "khoản đóng góp")),
    (7, ("hộ nghèo", "hộ cận nghèo", "trợ giúp xã hội", "bảo trợ xã hội", "trợ cấp xã hội", "hỗ trợ nhà ở")),
    (8, ("cứu trợ", "hỗ trợ thiệt hại", "hỗ trợ khắc phục", "quà của nhà hảo tâm")),
    (9, ("nghĩa vụ quân sự", "tuyển quân", "gọi nhập ngũ", "nghĩa vụ tham gia công an")),
    (11, ("lấy ý kiến nhân dân", "ý kiến của nhân dân", "lấy ý kiến cử tri")),
    (12, ("phí lệ phí", "mức thu phí", "các khoản phí", "mức thu")),
    (13, ("thủ tục hành chính",)),
)  # fmt: skip
