"""Curves over a run: the loss of each turn of a training loop."""

from __future__ import annotations

from engine.series.loss import LossPoint, LossReader, LossSeries, loss_series

__all__ = ["LossPoint", "LossReader", "LossSeries", "loss_series"]
