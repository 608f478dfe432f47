"""What ``import`` finds: the modules of a run, torch's older paths, and packages that are left out with a reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.distributions import PLACES as FAMILIES
from engine.nn import PLACES
from engine.program.folders import NO_FILES
from engine.program.namespaces import Absent, Namespace, words
from engine.program.standins import NO_SYSTEM
from engine.program.suggestions import closest
from engine.refusals import OutOfScope, OutOfScopeImport

NO_NETWORK = "there is no network here"
NO_DATA_SETS = "programs make their own data"
NO_THREADS = "a program runs in one process, one step after another"
TORCH_ALONE = "it computes with torch alone"
NO_DRAWING = "plots are drawn with matplotlib.pyplot"

ABSENT = {
    **dict.fromkeys(words("glob csv zipfile tarfile gzip sqlite3 h5py fileinput"), NO_FILES),
    **dict.fromkeys(words("pickle joblib dill shelve marshal cloudpickle"), NO_FILES),
    **dict.fromkeys(words("subprocess signal platform psutil ctypes socket getpass pdb logging"), NO_SYSTEM),
    **dict.fromkeys(words("threading multiprocessing concurrent asyncio queue ray"), NO_THREADS),
    **dict.fromkeys(words("urllib requests http wget gdown kaggle huggingface_hub"), NO_NETWORK),
    **dict.fromkeys(
        words("importlib inspect traceback builtins ast dis code"), "programs cannot reach the interpreter"
    ),
    **dict.fromkeys(words("torchvision torchtext torchaudio datasets keras_datasets"), NO_DATA_SETS),
    **dict.fromkeys(words("pandas sklearn scipy PIL cv2 nltk skimage xgboost statsmodels imageio"), TORCH_ALONE),
    **dict.fromkeys(
        words(
            "tensorflow keras jax flax transformers lightning pytorch_lightning fastai torchmetrics ignite accelerate "
            "timm einops torch_geometric gym d2l"
        ),
        TORCH_ALONE,
    ),
    **dict.fromkeys(words("seaborn plotly bokeh mpl_toolkits altair graphviz visdom celluloid"), NO_DRAWING),
    **dict.fromkeys(words("torchviz torchview hiddenlayer netron"), "the canvas shows the graph"),
    **dict.fromkeys(words("torchsummary torchinfo"), "print(model) shows its layers, the inspector their parameters"),
    **dict.fromkeys(words("tensorboardX tensorboard wandb mlflow"), "the timeline and the plots show the run"),
    **dict.fromkeys(words("ipywidgets google IPython"), "it belongs to notebooks"),
}
"""Packages that teaching programs import, and why they are not here."""

ELSEWHERE = {
    "torch.autograd.function": "torch.autograd",
    "torch.autograd.variable": "torch.autograd",
    "torch.autograd.gradcheck": "torch.autograd",
    **dict.fromkeys((f"torch.distributions.{name}" for name in (*FAMILIES, "kl")), "torch.distributions"),
    "torch.nn.modules": "torch.nn",
    **dict.fromkeys((f"torch.nn.modules.{name}" for name in (*PLACES, "utils")), "torch.nn"),
    "torch.nn.parameter": "torch.nn",
    "torch.nn.utils.clip_grad": "torch.nn.utils",
    "torch.nn.utils.convert_parameters": "torch.nn.utils",
    **dict.fromkeys((f"torch.optim.{name}" for name in words("adadelta adagrad adam adamax adamw")), "torch.optim"),
    **dict.fromkeys((f"torch.optim.{name}" for name in words("lbfgs optimizer rmsprop sgd")), "torch.optim"),
    "torch.utils.data.dataset": "torch.utils.data",
    "torch.utils.data.dataloader": "torch.utils.data",
    "torch.utils.data.sampler": "torch.utils.data",
    "torch.tensor": "torch",
    "matplotlib.pylab": "matplotlib.pyplot",
    "pylab": "matplotlib.pyplot",
}
"""Paths under which a program finds what stands in another module."""


class Importer:
    """The import statements of one run. ``display`` is what IPython's function of that name does here."""

    def __init__(self, modules: dict[str, Namespace], display: Callable[..., None]) -> None:
        self.modules = modules
        names = {"display": display, "clear_output": lambda *a, **k: None}
        self.modules["IPython.display"] = Namespace("IPython.display", names)
        self.modules["IPython"] = Namespace("IPython", {"display": self.modules["IPython.display"]})

    def module(self, name: str, root: bool) -> Any:
        """``import name``; with ``root`` the first part of a dotted name, which is what such an import binds."""
        found = self._find(name)
        first = name.partition(".")[0]
        return self._find(first) if root and first != name else found

    def part(self, name: str, what: str) -> Any:
        """``from name import what``."""
        module = self._find(name)
        if isinstance(module, Absent):
            raise OutOfScopeImport(str(module.refusal(f"{name}.{what}")), name=name)
        try:
            return getattr(module, what)
        except OutOfScope as error:
            raise OutOfScopeImport(str(error), name=name) from None
        except AttributeError:
            inside = self._known(f"{name}.{what}")
            if inside is not None:
                return inside
            meant = closest(what, dir(module))
            hint = f". Did you mean: '{meant}'?" if meant else ""
            raise ImportError(f"cannot import name '{what}' from '{name}'{hint}", name=name) from None

    def everything(self, name: str) -> dict[str, Any]:
        """``from name import *``: the public names."""
        module = self._find(name)
        if isinstance(module, Absent):
            raise OutOfScopeImport(str(module.refusal(name)), name=name)
        return {n: getattr(module, n) for n in dir(module) if not n.startswith("_")}

    def _known(self, name: str) -> Namespace | Absent | None:
        if name in self.modules:
            return self.modules[name]
        parent, _, last = name.rpartition(".")
        if not parent:
            return None
        module = self._known(parent)
        inside = vars_of(module).get(last) if isinstance(module, Namespace) else None
        if isinstance(inside, (Namespace, Absent)):
            return inside
        target = ELSEWHERE.get(name) or ("torch.nn" if name.startswith("torch.nn.modules.") else None)
        return None if target is None else self._known(target)

    def _find(self, name: str) -> Namespace | Absent:
        module = self._known(name) or self._known(ELSEWHERE.get(name, name))
        if module is not None:
            return module
        first = name.partition(".")[0]
        if first in ABSENT:
            return Absent(name, ABSENT[first])
        if first in self.modules:
            self._refuse(name)
            raise ModuleNotFoundError(f"No module named '{name}'", name=name)
        meant = closest(name, [m for m in self.modules if "." not in m])
        raise ModuleNotFoundError(
            f"No module named '{name}'" + (f". Did you mean: '{meant}'?" if meant else ""), name=name
        )

    def _refuse(self, name: str) -> None:
        """The module that is there says why a part of it is not, if it is one that PyTorch has."""
        parent, _, last = name.rpartition(".")
        while parent:
            module = self._known(parent)
            if module is not None:
                try:
                    getattr(module, last)
                except OutOfScope as error:
                    raise OutOfScopeImport(str(error), name=name) from None
                except AttributeError:
                    pass
                return
            parent, _, last = parent.rpartition(".")

    def importable(self) -> list[str]:
        """The modules that a program can import."""
        return sorted(name for name in self.modules if not name.startswith("_"))


def vars_of(module: Namespace) -> dict[str, Any]:
    """What a namespace holds."""
    names: dict[str, Any] = object.__getattribute__(module, "_names")
    return names
