"""Everyday errors that their message alone explains: what it means here, and what to write instead."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from engine.explain.advice.model import Advice
from engine.explain.advice.past import Past
from engine.trace import events as ev


class Everyday(NamedTuple):
    """``{0}``, ``{1}`` ... in ``why`` and ``todo`` are the pattern's groups; ``change`` makes the better line."""

    pattern: str
    kind: str
    title: str
    why: str
    todo: str
    change: tuple[str, Any] | None = None
    """A pattern in the failing expression, and what is to stand there."""


RULES = tuple(
    Everyday(*rule)
    for rule in (
        (
            r"a Tensor with (\d+) elements cannot be converted to Scalar",
            "item-of-many",
            "item() needs a single number",
            "The tensor has {0} elements; item() turns exactly one into a number of Python's.",
            "Reduce it to one number first, pick one by its index, or take all of them with tolist().",
            (r"\.item\(\)$", ".tolist()"),
        ),
        (
            r"Boolean value of Tensor with more than one value is ambiguous",
            "truth-of-many",
            "A tensor of several values is neither true nor false",
            (
                "A comparison answers for each element, and a condition wants one answer. A loss such as nn.MSELoss "
                "that is given its tensors when it is made asks the same question of them."
            ),
            (
                "Say which: .all() for every element, .any() for at least one. A loss is made first, and called then: "
                "nn.MSELoss()(prediction, target)."
            ),
            (r"^(nn\.\w*Loss)\((.+)\)$", r"\1()(\2)"),
        ),
        (
            r"optimizer can only optimize Tensors, but one of the params is (\w+)",
            "no-tensors",
            "The optimizer was given what is no tensor",
            "Among the parameters there is a {0}. Only tensors have a gradient that a step could follow.",
            "Make it a tensor with requires_grad=True, and give the optimizer that.",
        ),
        (
            r"params argument given to the optimizer should be an iterable",
            "one-parameter",
            "The optimizer wants a list of parameters",
            "It goes through its parameters one by one; a single tensor is not a collection of them.",
            "Put the tensor into brackets.",
            (r"\((\w+)(?=[,)])", r"([\1]"),
        ),
        (
            r"'method' object is not iterable",
            "not-called",
            "A method was not called",
            "Without its brackets the name stands for the method itself, not for what it returns.",
            "Call it:",
            (r"\.parameters(?!\()", ".parameters()"),
        ),
        (
            r"'(?:int|float)' object is not iterable",
            "one-number",
            "A number cannot be gone through",
            "What is written here goes through a collection, element by element, and a single number is none.",
            "For so many turns, or the numbers below it, use range().",
            (r"^(\w+)$", r"range(\1)"),
        ),
        (
            r"'(?!type|NoneType|function)(\w+)' object is not iterable",
            "not-parameters",
            "A {0} cannot be gone through",
            "What is written here goes through a collection, element by element, and a {0} is none.",
            "Pass a list. An optimizer takes the parameters of a model:",
            (r"(?<=optim\.)(\w+)\((\w+)(?=[,)])", r"\1(\2.parameters()"),
        ),
        (
            r"cannot assign \w+ before Module\.__init__\(\) call",
            "no-super",
            "super().__init__() is missing",
            (
                "nn.Module keeps layers and parameters in places that its own __init__ makes. Here a layer is assigned "
                "before that has run."
            ),
            "Let it be the first line of __init__:",
            (r"^.*$", "super().__init__()"),
        ),
        (
            r'Module \[(\w+)\] is missing the required "forward" function',
            "no-forward",
            "{0} has no forward",
            "Calling a module runs its forward(), and {0} defines none under that name and that indentation.",
            "Define it in the class: def forward(self, x): ...",
        ),
        (
            r"([\w.]+)\(\) takes (\d+) positional arguments? but (\d+) (?:was|were) given",
            "too-many-arguments",
            "Too many arguments",
            (
                "{0}() takes {1} and was given {2}. In a method the object itself is the first of them: it is passed "
                "without being written, and needs the name self in the definition."
            ),
            "Leave out what is too much, or add it to the definition.",
        ),
        (
            r"([\w.]+?)(?:\.__init__)?\(\) missing \d+ required positional arguments?: (.+)$",
            "missing-argument",
            "An argument is missing",
            "{0}() cannot do without {1}: no value is there to fall back on.",
            "Pass it.",
        ),
        (
            r"(\w+)\(\) received an invalid combination of arguments - got \(\), but expected \((.+?)\)",
            "missing-argument",
            "An argument is missing",
            "{0}() was called with nothing between its brackets. It takes: {1}.",
            "Pass what stands there without a default; what has one (after =) may be left out.",
        ),
        (
            r"(\w+)\(\) received an invalid combination of arguments - got \((.+?)\), but expected \((.+?)\)",
            "argument-types",
            "{0}() is called in another way",
            "It was given: {1}. It takes: {2}.",
            "Compare the two lists: one is missing, too much, or of another type.",
        ),
        (
            r"(\w+)\(\) received an invalid combination of arguments - got (\(.*?\)), but expected one of",
            "argument-types",
            "{0}() is called in another way",
            "It was given {1}. The message has all the ways in which it can be called, a line for each.",
            "Look for the one that you mean: an argument is missing, too much, or of another type.",
        ),
        (
            r"expected target dtype to be Long or Byte, but got (\w+)|expected scalar type Long but found (\w+)",
            "target-dtype",
            "The targets must be class numbers",
            "cross_entropy takes for each row the number of the right class, an integer. These are of dtype {0}.",
            "Make them integers with .long(). Probabilities as targets need the shape of the input.",
        ),
        (
            r"Target (-?\d+) is out of bounds",
            "target-range",
            "There is no such class",
            "A target is {0}. The scores have one column for each class, counted from 0, and none for that one.",
            "Let the last layer have as many outputs as there are classes, and count classes from 0.",
        ),
        (
            r"Expected input batch_size \((\d+)\) to match target batch_size \((\d+)\)",
            "batch-size",
            "As many targets as rows",
            "The input has {0} rows and there are {1} targets: each row needs one.",
            "Look at the shapes of both; often one of them was flattened or transposed.",
        ),
        (
            r"all elements of input should be between 0 and 1",
            "no-probabilities",
            "These are no probabilities",
            "binary_cross_entropy takes the logarithm of its input and of 1 minus it: all must be from 0 to 1.",
            "Pass the scores through sigmoid first, or use binary_cross_entropy_with_logits, which does both.",
        ),
        (
            r"Using a target size \((.+?)\) that is different to the input size \((.+?)\) is deprecated",
            "target-shape",
            "Input and target differ in shape",
            "The target is {0}, the input {1}. They are compared element by element.",
            "Give the target the input's shape: target.view_as(input), or unsqueeze(1) for a missing dimension.",
        ),
        (
            r"Torch not compiled with CUDA enabled",
            "no-cuda",
            "There is no GPU here",
            "This program asks for a CUDA device, as a PyTorch without CUDA would be asked.",
            'Choose the device by what there is: "cuda" if torch.cuda.is_available() else "cpu".',
            (r"(['\"])cuda(?::\d+)?\1|\.cuda\(\)", lambda m: f"{m[1]}cpu{m[1]}" if m[1] else ""),
        ),
        (
            r"shape '(\[.*\])' is invalid for input of size (\d+)",
            "view-size",
            "The elements do not fill that shape",
            (
                "There are {1} elements, and the shape {0} holds another number of them. view() and reshape() keep all "
                "elements: the sizes must multiply to {1}."
            ),
            "Write -1 for one of the sizes: it is worked out from the rest.",
        ),
        (
            r"Sizes of tensors must match except in dimension (\d+)\. Expected size (\d+) but got size (\d+)",
            "cat-size",
            "These do not fit side by side",
            "cat() joins tensors along dimension {0}; in all others they must be equal. Here {1} meets {2}.",
            "Join them along another dimension with dim=, or bring them to one shape first.",
        ),
        (
            r"stack expects each tensor to be equal size, but got (\[.*?\]) at entry 0 and (\[.*?\]) at entry (\d+)",
            "stack-size",
            "stack() needs tensors of one shape",
            "The first has shape {0}, number {2} has {1}. stack() puts them on top of each other in a new dimension.",
            "Bring them to one shape, or join them end to end with torch.cat().",
            (r"\bstack\b", "cat"),
        ),
        (
            r"expected sequence of length (\d+) at dim (\d+) \(got (\d+)\)",
            "ragged",
            "The rows are not equally long",
            "A tensor is a full block of numbers. One list in dimension {1} has {2} elements where the first has {0}.",
            "Fill the short ones up, or make a tensor of each.",
        ),
        (
            r"index (-?\d+) is out of bounds for dimension (\d+) with size (\d+)",
            "index-range",
            "There is no such element",
            "Dimension {1} has {2} elements, counted from 0; index {0} is beyond them.",
            "Use an index below {2}, or -1 for the last element.",
        ),
        (
            r"Dimension out of range \(expected to be in range of \[(-?\d+), (-?\d+)\], but got (-?\d+)\)",
            "dim-range",
            "There is no such dimension",
            "Dimensions are counted from 0 up to {1}, or from the end with -1; {2} is beyond them.",
            "Use a number from {0} to {1}, and look at the tensor's shape.",
        ),
        (
            r"(\w+)\(\): argument '(\w+)' \(position \d+\) must be (\w+), not (\w+)",
            "argument-type",
            "{0}() takes a {2} there",
            "Its argument {1} must be a {2}, and this is a {3}.",
            "Make a tensor of numbers and lists with torch.tensor().",
        ),
        (
            r"Expected 3D \(unbatched\) or 4D \(batched\) input to (\w+), but got input of size: (\[.*\])",
            "picture-shape",
            "{0} takes pictures with channels",
            (
                "Its input has the dimensions channels, height and width, before them that of the batch. This one has "
                "shape {1}."
            ),
            "Add the missing ones with unsqueeze(0).",
        ),
        (
            r"index out of range in self",
            "embedding-range",
            "The embedding has no such row",
            (
                "Each index picks a row of the embedding's table, counted from 0. One of them is as large as the "
                "number of rows, or larger."
            ),
            "Make the table larger (num_embeddings), or look where the index comes from.",
        ),
        (
            r'can only concatenate str \(not "(\w+)"\) to str',
            "text-plus",
            "Text and {0} cannot be added",
            "+ joins two texts. What is joined to this one is a {0}.",
            'Put it into an f-string, as f"loss {{loss.item():.4f}}", or turn it into text with str().',
        ),
        (
            r"new\(\): invalid data type 'str'",
            "tensor-of-text",
            "A tensor holds numbers, no text",
            "torch.tensor() was given a text.",
            "Turn it into a number first, with float() or int().",
        ),
        (
            r"No module named '\w+'\. Did you mean: '(\w+)'",
            "module-name",
            "{0} is probably meant",
            "There is no module of that name.",
            "Change the name to {0}.",
        ),
        (
            r"assigned grad expected to be a Tensor or None but got grad of type (\w+)",
            "grad-no-tensor",
            "A gradient is a tensor",
            "The gradient of a tensor has a number for each of its elements; this is of type {0}.",
            "Give it torch.tensor(...) of the same shape, or None for no gradient.",
        ),
        (
            r"attempting to assign a gradient of size '(\[.*?\])' to a tensor of size '(\[.*?\])'",
            "grad-shape",
            "A gradient has the shape of its tensor",
            "Each element of the tensor has one number in its gradient. The tensor has shape {1}, this one {0}.",
            "Bring it to the shape {1} first.",
        ),
        (
            r"Variable data has to be a tensor, but got (\w+)",
            "data-no-tensor",
            "data holds a tensor",
            "What is behind a tensor's .data is a tensor, too; this is of type {0}.",
            "Fill it with fill_(), or assign torch.tensor(...).",
        ),
        (
            r"requires_grad must be a bool",
            "flag-no-bool",
            "requires_grad is True or False",
            "The flag says whether gradients are wanted; there is nothing in between.",
            "Write True or False, without quotes.",
        ),
        (
            r"'bool' object has no attribute '(\w+)'",
            "bool-no-tensor",
            "True and False are no tensors",
            (
                "What stands before .{0} is one of Python's own True and False, as a comparison of plain numbers gives "
                "them."
            ),
            "Compare tensors (before item() takes the number out), or make one with torch.tensor().",
        ),
        (
            r"'(int|float)' object has no attribute '(backward|grad|grad_fn|requires_grad|requires_grad_)'",
            "number-no-graph",
            "A plain number has no graph",
            (
                "What stands before .{1} is Python's {0}. It remembers nothing of how it was computed: item(), float() "
                "and arithmetic of plain numbers give such."
            ),
            "Keep the tensor for .{1}, and take the number out with item() only to print it.",
        ),
        (
            r"'(int|float|list|str|tuple)' object has no attribute '(\w+)'",
            "no-tensor",
            "This is no tensor",
            "What stands before .{1} is of Python's own type {0}, which has no {1}.",
            "If a tensor is wanted, make one of it with torch.tensor().",
        ),
        (
            r"inconsistent tensor size, expected tensor \[(\d+)\] and src \[(\d+)\] to have the same number",
            "vector-sizes",
            "The vectors are not equally long",
            (
                "A product of two vectors pairs their elements: the first with the first, and so on. One has {0}, the "
                "other {1}."
            ),
            "Look at the shapes of both.",
        ),
        (
            r"too many indices for tensor of dimension (\d+)",
            "too-many-indices",
            "More indices than dimensions",
            "Each index picks along one dimension, and this tensor's number of them is {0}.",
            "Write no more indices than that, and look at the tensor's shape.",
        ),
        (
            r"list index out of range",
            "list-range",
            "The list has no such element",
            "Its elements are counted from 0, so that the last one's index is its length minus 1.",
            "Use an index below len(), or -1 for the last element.",
        ),
        (
            r"argument 'size' failed to unpack the object at pos \d+ .*type must be tuple of ints,but got (\w+)",
            "size-no-int",
            "A size is a whole number",
            "How many rows, columns or features there are is counted; this is a {0}.",
            "Write it without a point, or divide with // so that it stays whole.",
        ),
    )
)


def everyday(past: Past, failed: ev.Failed) -> Advice | None:
    """The advice on an everyday error; None for all others."""
    for rule in RULES:
        found = re.search(rule.pattern, failed.message)
        if found is not None:
            return _advice(past, failed, rule, [group for group in found.groups() if group is not None])
    return None


def _advice(past: Past, failed: ev.Failed, rule: Everyday, parts: list[str]) -> Advice:
    code = ""
    if rule.change is not None and failed.span is not None:
        text = past.source.text[failed.span.start : failed.span.stop]
        better = re.sub(rule.change[0], rule.change[1], text, count=1)
        if better != text:
            code = better if rule.kind == "no-super" else past.source.changed(failed.span, (failed.span, better))
    return Advice(
        rule.kind, rule.title.format(*parts), rule.why.format(*parts), rule.todo.format(*parts), code, failed.span
    )
