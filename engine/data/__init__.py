"""torch.utils.data on the engine: datasets and loaders over memory."""

from __future__ import annotations

from engine.data import dataloader, dataset, sampler
from engine.data.collate import default_collate, default_convert
from engine.data.dataloader import DataLoader
from engine.data.dataset import (
    ChainDataset,
    ConcatDataset,
    Dataset,
    IterableDataset,
    StackDataset,
    Subset,
    TensorDataset,
    random_split,
)
from engine.data.sampler import (
    BatchSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
)
from engine.refusals import refusing

DATASETS = (ChainDataset, ConcatDataset, Dataset, IterableDataset, StackDataset, Subset, TensorDataset)
SAMPLERS = (BatchSampler, RandomSampler, Sampler, SequentialSampler, SubsetRandomSampler, WeightedRandomSampler)
for _place, _classes in (("dataset", DATASETS), ("sampler", SAMPLERS)):
    for _class in _classes:
        _class.__module__ = f"torch.utils.data.{_place}"

__all__ = ["DataLoader", "dataloader", "dataset", "default_collate", "default_convert", "random_split", "sampler"]
__all__ += [_class.__name__ for _class in (*DATASETS, *SAMPLERS)]

__getattr__ = refusing("torch.utils.data")
