"""A little of everything, to be read back. Run as a process, with the server in PREFECT_API_URL."""

from prefect import tags
from prefect.variables import Variable

from flows import basic, caching, data, retrying


def main() -> None:
    basic.hello("Ada")
    basic.mapped(4)
    basic.diamond()
    basic.failing(return_state=True)
    basic.parent()
    with tags("first", "zwei"):
        basic.hello("Bob", times=2)
    with tags("zwei"):
        data.unicode_flow(1)
    retrying.flow_of_stubborn_task(2, "mixture")
    retrying.flow_of_stubborn_task(9, "mixture that fails", return_state=True)
    retrying.stubborn_flow(2, "mixture of flow")
    caching.squares([3, 4, 3])
    data.reporting()
    data.echo({"big": 2**53 + 1, "list": [None, 0.5, "日本"], "": {}})
    Variable.set("mixture_text", "värde", tags=["first"])
    Variable.set("mixture_list", [1, 2.5, None, {"a": "b"}])


if __name__ == "__main__":
    main()
