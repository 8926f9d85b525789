"""``congkhai verify`` as a person and a program meet it: exit codes, words, JSON, start-up."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from congkhai.plugin.cli import group
from congkhai.plugin.cli.verify import command
from congkhai.plugin.errors import CongkhaiError
from tests_signing import pki, samples

AT = ["--at", "2026-11-20T10:00:00+07:00"]
FIELDS = (
    "Cơ quan, tổ chức cấp chứng thư",
    "Chủ thể ký",
    "Đơn vị quản lý chứng thư",
    "Thời điểm ký",
    "Tính toàn vẹn của dữ liệu đã ký",
    "Hiệu lực của chữ ký tại thời điểm ký",
    "Thời hạn của chứng thư",
)
