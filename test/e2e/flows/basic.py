import asyncio

from prefect import flow, get_run_logger, task
from prefect.futures import wait


@task(log_prints=True)
def greet(name: str) -> str:
    print(f"greeting {name}")
    return f"Hello, {name}!"


@flow(log_prints=True, description="Greets, prints and logs.", version="v7")
def hello(name: str = "world", times: int = 1) -> str:
    print("printed by the flow")
    get_run_logger().warning("logged by the flow")
    for _ in range(times):
        greeting = greet(name)
    return greeting


@task
def double(number: int) -> int:
    return 2 * number


@flow
def mapped(count: int) -> int:
    futures = double.map(range(count))
    wait(futures)
    return sum(future.result() for future in futures)


@task
def add_up(numbers: list[int]) -> int:
    return sum(numbers)


@flow
def diamond() -> int:
    """Two tasks whose results are the inputs of a third."""
    left = double.submit(1)
    right = double.submit(2)
    return add_up.submit([left, right]).result()


@task
def break_down() -> None:
    raise ValueError("the task broke down")


@flow
def failing() -> None:
    break_down()


@flow
def child(number: int) -> int:
    return double(number)


@flow
def parent() -> int:
    return child(1) + child(2)


@flow
def parent_of_failing() -> str:
    state = failing(return_state=True)
    return state.type.value


@task
async def wait_a_moment(number: int) -> int:
    await asyncio.sleep(0.05)
    return number


@flow
async def gathering(count: int) -> list[int]:
    return list(await asyncio.gather(*(wait_a_moment(number) for number in range(count))))
