"""DataLoader: batches of a dataset, in order or shuffled. Source: torch/utils/data/dataloader.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import repeat
from typing import Any

from engine.data.collate import default_collate, default_convert
from engine.data.dataset import IterableDataset
from engine.data.sampler import BatchSampler, RandomSampler, SequentialSampler, draw_seed
from engine.state import warn

__all__ = [
    "DataLoader",
]

PINNED = "'pin_memory' argument is set as true but no accelerator is found, then device pinned memory won't be used."
PREFETCH = (
    "prefetch_factor option could only be specified in multiprocessing.let num_workers > 0 to enable multiprocessing, "
    "otherwise set prefetch_factor to None."
)
FIXED = ("batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers")


class _Endless:
    """The indices of a dataset that has none."""

    def __iter__(self) -> Iterator[None]:
        return repeat(None)


class DataLoader:
    """Batches of a dataset; workers are accepted, and everything is done in this process."""

    __module__ = "torch.utils.data.dataloader"

    _initialised = False

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Any = None,
        batch_sampler: Any = None,
        num_workers: int = 0,
        collate_fn: Callable[[Any], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Any = None,
        multiprocessing_context: Any = None,
        generator: Any = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None:
        _check_workers(num_workers, timeout, prefetch_factor, persistent_workers)
        self.dataset = dataset
        self.num_workers = num_workers
        self.prefetch_factor = prefetch_factor
        self.pin_memory = pin_memory
        self.timeout = timeout
        self._iterable = isinstance(dataset, IterableDataset)
        if self._iterable:
            _check_iterable(shuffle, sampler, batch_sampler)
        if sampler is not None and shuffle:
            raise ValueError("sampler option is mutually exclusive with shuffle")
        if batch_sampler is not None:
            if batch_size != 1 or shuffle or sampler is not None or drop_last:
                raise ValueError(
                    "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last"
                )
            batch_size, drop_last = None, False
        elif batch_size is None and drop_last:
            raise ValueError("batch_size=None option disables auto-batching and is mutually exclusive with drop_last")
        if sampler is None:
            if self._iterable:
                sampler = _Endless()
            elif shuffle:
                sampler = RandomSampler(dataset, generator=generator)
            else:
                sampler = SequentialSampler(dataset)
        if batch_size is not None and batch_sampler is None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.batch_size = batch_size
        self.drop_last = drop_last
        self.sampler = sampler
        self.batch_sampler = batch_sampler
        self.generator = generator
        self.collate_fn = collate_fn or (default_convert if batch_sampler is None else default_collate)
        self.persistent_workers = persistent_workers
        self._length_told: int | None = None
        self._initialised = True

    def __class_getitem__(cls, item: Any) -> type[DataLoader]:
        return cls

    def __setattr__(self, name: str, value: Any) -> None:
        if self._initialised and name in FIXED:
            raise ValueError(f"{name} attribute should not be set after {type(self).__name__} is initialized")
        object.__setattr__(self, name, value)

    def __iter__(self) -> DataLoaderIter:
        return DataLoaderIter(self)

    def __len__(self) -> int:
        if not self._iterable:
            return len(self.sampler if self.batch_sampler is None else self.batch_sampler)
        length = self._length_told = len(self.dataset)
        if self.batch_size is None:
            return length
        return length // self.batch_size if self.drop_last else -(-length // self.batch_size)


def _check_workers(num_workers: int, timeout: float, prefetch_factor: int | None, persistent: bool) -> None:
    if num_workers < 0:
        raise ValueError("num_workers option should be non-negative; use num_workers=0 to disable multiprocessing.")
    if timeout < 0:
        raise ValueError("timeout option should be non-negative")
    if num_workers == 0 and prefetch_factor is not None:
        raise ValueError(PREFETCH)
    if prefetch_factor is not None and prefetch_factor < 0:
        raise ValueError("prefetch_factor option should be non-negative")
    if persistent and num_workers == 0:
        raise ValueError("persistent_workers option needs num_workers > 0")


def _check_iterable(shuffle: Any, sampler: Any, batch_sampler: Any) -> None:
    head = "DataLoader with IterableDataset: expected unspecified "
    if shuffle not in (False, None):
        raise ValueError(f"{head}shuffle option, but got shuffle={shuffle}")
    if sampler is not None:
        raise ValueError(f"{head}sampler option, but got sampler={sampler}")
    if batch_sampler is not None:
        raise ValueError(f"{head}batch_sampler option, but got batch_sampler={batch_sampler}")


class DataLoaderIter:
    """One pass over the data."""

    __module__ = "torch.utils.data.dataloader"

    def __init__(self, loader: DataLoader) -> None:
        if loader.pin_memory:
            warn(PINNED)
        self._loader = loader
        self._batched = loader.batch_sampler is not None
        self._indices = iter(loader.batch_sampler if self._batched else loader.sampler)
        # torch draws a seed for its workers even if there are none.
        draw_seed(loader.generator)
        self._samples = iter(loader.dataset) if loader._iterable else None
        self._given = 0

    def __iter__(self) -> DataLoaderIter:
        return self

    def __len__(self) -> int:
        return len(self._loader.batch_sampler if self._batched else self._loader.sampler)

    def __next__(self) -> Any:
        data = self._loader.collate_fn(self._fetch(next(self._indices)))
        self._given += 1
        told = self._loader._length_told
        if self._samples is not None and told is not None and self._given > told:
            warn(
                f"Length of IterableDataset {self._loader.dataset} was reported to be {told}(when accessing "
                f"len(dataloader)), but {self._given} samples have been fetched. "
            )
        return data

    def _fetch(self, index: Any) -> Any:
        dataset = self._loader.dataset
        if self._samples is None:
            return [dataset[i] for i in index] if self._batched else dataset[index]
        if not self._batched:
            return next(self._samples)
        batch = [sample for _, sample in zip(index, self._samples, strict=False)]
        if not batch or (self._loader.drop_last and len(batch) < len(index)):
            raise StopIteration
        return batch


DataLoaderIter.__name__ = DataLoaderIter.__qualname__ = "_SingleProcessDataLoaderIter"
