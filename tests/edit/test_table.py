"""Numbers from a table as data of a program."""

from __future__ import annotations

import pytest

from engine.edit import applied
from engine.edit.table import BadTable, Table, column, numeric, read_table, thinned, with_data
from tests.support.runs import TRAINING, events_of, moment_of, tensor_named

CSV = "size,price,town\n50,1.5,A\n80,2.4,B\n\n120,3.7,A\n"


def test_a_table_with_a_heading() -> None:
    table = read_table(CSV)
    assert table == Table(
        ("size", "price", "town"), (("50", "1.5", "A"), ("80", "2.4", "B"), ("120", "3.7", "A")), (2, 3, 5)
    )
    assert numeric(table) == [0, 1]
    with pytest.raises(BadTable, match="Row 5, price"):
        column(read_table(CSV.replace("3.7", "")), 1)
    assert column(table, 1) == [1.5, 2.4, 3.7]


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("1;2,5\n3;4,5\n", [[1.0, 3.0], [2.5, 4.5]]),
        ("1\t2\n3\t4\n", [[1.0, 3.0], [2.0, 4.0]]),
        ("a b\n1 2\n3 4\n", [[1.0, 3.0], [2.0, 4.0]]),
        ("\ufeffx\n1\n-2e3\n", [[1.0, -2000.0]]),
        ('"x, of it","y"\n"1","2"\n', [[1.0], [2.0]]),
        ("sep=;\nx;y\n1,5;2\n", [[1.5], [2.0]]),
        ("x y\r\n0,5 1\r\n,5 2\r\n", [[0.5, 0.5], [1.0, 2.0]]),
    ],
)
def test_separators_headings_and_decimal_commas(text: str, columns: list[list[float]]) -> None:
    table = read_table(text)
    assert [column(table, i) for i in range(len(table.columns))] == columns


@pytest.mark.parametrize("hole", ["", "NA", "nan", "?", "much"])
def test_a_hole_is_refused_with_its_row(hole: str) -> None:
    table = read_table(f"x,y\n1,2\n3,{hole}\n")
    with pytest.raises(BadTable, match=r"^Row 3, y: "):
        column(table, 1)


def test_rows_are_counted_as_the_file_has_them() -> None:
    table = read_table("sep=;\nx;y\n\n1;2\n3;\n")
    assert table.numbers == (4, 5)
    with pytest.raises(BadTable, match=r"^Row 5, y: the value is missing"):
        column(table, 1)
    with pytest.raises(BadTable, match=r"^Row 4 has 3 cells, the first one 2"):
        read_table("x,y\n1,2\n\n3,4,5\n")


def test_of_many_rows_a_program_takes_a_share() -> None:
    assert [thinned(n) for n in (10, 2000, 2001, 12_345)] == [1, 1, 2, 7]


@pytest.mark.parametrize("text", ["", "\n\n", "x,y\n", "1,2\n3\n", "sep=;\n", "x," + "y" * 200_000])
def test_what_is_no_table_is_refused(text: str) -> None:
    with pytest.raises(BadTable):
        read_table(text)


def test_the_data_of_a_program_are_replaced_and_nothing_else() -> None:
    source = TRAINING
    for edit in sorted(with_data(source, [[1.0, 2.5]], [3.0, -0.25]), key=lambda e: -e.span.start):
        source = edit.apply(source)
    assert "x = torch.tensor([[1.], [2.5]])\ny = torch.tensor([[3.], [-0.25]])\nfor epoch" in source
    m = moment_of(source)
    assert m.trace.failure is None
    assert m.state.tensors[tensor_named(m, "y")].value.shape == (2, 1)


@pytest.mark.parametrize("source", ["", "import torch\n", "import torch\nw = torch.ones(1)\n"])
def test_where_there_are_none_they_are_put_in_after_the_imports(source: str) -> None:
    (edit,) = with_data(source, [[1.0], [2.0]], [3.0])
    text = edit.apply(source)
    assert text.startswith("import torch\nx = torch.tensor([[1., 2.]])\ny = torch.tensor([[3.]])\n")
    assert not [e for e in events_of(text) if type(e).__name__ == "Failed"]


def test_a_text_without_a_last_line_end_and_values_in_brackets_are_read_as_python_does() -> None:
    (edit,) = with_data("import torch", [[1.0]], [3.0])
    assert edit.apply("import torch") == "import torch\nx = torch.tensor([[1.]])\ny = torch.tensor([[3.]])\n"
    source = "s = 'ä\x0c'; x = (\n  torch.ones(2)\n)\ny = 1  # target\n"
    assert applied(source, with_data(source, [[1.0]], [3.0])) == (
        "s = 'ä\x0c'; x = torch.tensor([[1.]])\ny = torch.tensor([[3.]])  # target\n"
    )


def test_more_rows_than_a_text_can_hold_are_refused() -> None:
    with pytest.raises(BadTable, match="3,000 rows"):
        with_data("", [[0.0] * 3000], [0.0] * 3000)
