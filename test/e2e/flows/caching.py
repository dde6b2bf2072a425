from datetime import timedelta

from prefect import flow, task
from prefect.cache_policies import INPUTS

calls: list[int] = []


@task(cache_policy=INPUTS, cache_expiration=timedelta(hours=1), persist_result=True)
def square(number: int) -> int:
    calls.append(number)
    return number * number


@flow
def squares(numbers: list[int]) -> list[int]:
    return [square(number) for number in numbers]
