"""Blocks of our own, and what is kept in blocks between two servers. Run as a process: python -m flows.blocks save|check|change PREFIX"""

import sys
from typing import Any

from prefect.blocks.core import Block
from prefect.blocks.notifications import CustomWebhookNotificationBlock
from prefect.blocks.system import Secret
from prefect.filesystems import LocalFileSystem
from prefect.types import SecretDict
from pydantic import SecretStr

ACCOUNTS = {"user": "Ada", "passwords": ["ß€🔑", "two"], "big": 2**70, "deep": {"": None}}


class Login(Block):
    """Who somebody is."""

    user: str
    password: SecretStr


class Address(Block):
    """Where something is."""

    url: str
    headers: SecretDict = SecretDict({})


class Service(Block):
    """Something to talk to, with blocks in it: one of a kind, one of two kinds, and one that may be missing."""

    login: Login
    either: Login | Address
    spare: Address | None = None
    retries: int = 3
    ratio: float = 0.5


def service(prefix: str, password: str = "hush") -> Service:
    login = Login(user="Ada", password=SecretStr(password))
    login.save(f"{prefix}-login", overwrite=True)
    address = Address(url="http://example.com/ü", headers=SecretDict({"token": password, "more": {"key": 1}}))
    address.save(f"{prefix}-address", overwrite=True)
    return Service(login=login, either=address, retries=5)


def save(prefix: str) -> None:
    Secret(value="ß€🔑 text").save(f"{prefix}-text")
    Secret(value=ACCOUNTS).save(f"{prefix}-json")
    LocalFileSystem(basepath="/tmp").save(f"{prefix}-files")
    CustomWebhookNotificationBlock(name="hook", url="http://example.com", secrets={"key": "value"}).save(f"{prefix}-hook")
    service(prefix).save(f"{prefix}-service")


def check(prefix: str, password: str = "hush") -> None:
    assert Secret.load(f"{prefix}-text").get() == "ß€🔑 text"
    assert Secret.load(f"{prefix}-json").get() == ACCOUNTS
    assert LocalFileSystem.load(f"{prefix}-files").basepath == "/tmp"
    hook: Any = Block.load(f"custom-webhook/{prefix}-hook")
    assert hook.secrets.get_secret_value() == {"key": "value"}
    loaded = Service.load(f"{prefix}-service")
    assert loaded.login.user == "Ada"
    assert loaded.login.password.get_secret_value() == password
    assert isinstance(loaded.either, Address)
    assert loaded.either.url == "http://example.com/ü"
    assert loaded.either.headers.get_secret_value() == {"token": password, "more": {"key": 1}}
    assert (loaded.spare, loaded.retries, loaded.ratio) == (None, 5, 0.5)


def change(prefix: str) -> None:
    """Saves over what is there: a new password in the inner blocks, and the outer one as it is."""
    service(prefix, "changed").save(f"{prefix}-service", overwrite=True)
    check(prefix, "changed")


if __name__ == "__main__":
    {"save": save, "check": check, "change": change, "check-changed": lambda prefix: check(prefix, "changed")}[sys.argv[1]](sys.argv[2])
