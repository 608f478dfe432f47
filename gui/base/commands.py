"""The command table: what one can do, by which key, in which menu. Menus, tooltips, the palette and the
cheat sheet are all made of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """``keys`` are Qt key sequences, the first one is shown. ``menu`` is where it stands; ``shown`` False keeps
    a command out of menus."""

    id: str
    title: str
    menu: str
    keys: tuple[str, ...] = ()
    shown: bool = True


FILE, EDIT, BUILD, RUN, GO, VIEW, HELP = "File", "Edit", "Build", "Run", "Go", "View", "Help"
MENUS = (FILE, EDIT, BUILD, RUN, GO, VIEW, HELP)

COMMANDS = (
    Command("new", "New program", FILE, ("Ctrl+N",)),
    Command("open", "Open…", FILE, ("Ctrl+O",)),
    Command("save", "Save", FILE, ("Ctrl+S",)),
    Command("save_as", "Save as…", FILE, ("Ctrl+Shift+S",)),
    Command("export_picture", "Export picture…", FILE, ("Ctrl+E",)),
    Command("export_trace", "Export trace…", FILE),
    Command("data", "Data from a table…", FILE),
    Command("quit", "Quit", FILE, ("Ctrl+Q",)),
    Command("undo", "Undo", EDIT, ("Ctrl+Z",)),
    Command("redo", "Redo", EDIT, ("Ctrl+Shift+Z", "Ctrl+Y")),
    Command("copy_picture", "Copy the picture", EDIT, ("Ctrl+Shift+C",)),
    Command("find", "Find in the program", EDIT, ("Ctrl+F",)),
    Command("palette", "Command palette", EDIT, ("Ctrl+K",)),
    Command("add", "Add…", BUILD, ("A",)),
    Command("formula", "Add a formula…", BUILD, ("=",)),
    Command("op_add", "Add the selected cards", BUILD, ("+",)),
    Command("op_sub", "Subtract", BUILD, ("-",)),
    Command("op_mul", "Multiply", BUILD, ("*",)),
    Command("op_div", "Divide", BUILD, ("/",)),
    Command("op_pow", "Power", BUILD, ("^",)),
    Command("op_matmul", "Matrix product", BUILD, ("M",)),
    Command("value", "Change the value…", BUILD, ("V",)),
    Command("track", "Require grad, or not", BUILD, ("R",)),
    Command("backward", "Call backward()", BUILD, ("B",)),
    Command("detach", "Detach the edge", BUILD, ("X",)),
    Command("no_grad", "Under no_grad, or not", BUILD, ("N",)),
    Command("rename", "Rename…", BUILD, ("F2",)),
    Command("duplicate", "Duplicate", BUILD, ("Ctrl+D",)),
    Command("extract", "Make a function of it", BUILD, ("Ctrl+Shift+M",)),
    Command("delete", "Delete", BUILD, ("Del", "Backspace")),
    Command("run", "Run now", RUN, ("Ctrl+Return", "Ctrl+Enter")),
    Command("cancel", "Cancel the run", RUN, ("Esc",)),
    Command("play", "Play or pause", GO, ("Space", "Ctrl+Space")),
    Command("step", "Step forward", GO, ("Right", "PgDown", "Alt+Right")),
    Command("back", "Step back", GO, ("Left", "PgUp", "Alt+Left")),
    Command("next_phase", "Next phase", GO, ("Shift+Right",)),
    Command("previous_phase", "Previous phase", GO, ("Shift+Left",)),
    Command("first", "First step", GO, ("Home",)),
    Command("last", "Last step", GO, ("End",)),
    Command("next_edge", "Next edge", GO, ("E",)),
    Command("previous_edge", "Previous edge", GO, ("Shift+E",)),
    Command("next_cause", "Next guilty line", GO, ("F8",)),
    Command("previous_cause", "Previous guilty line", GO, ("Shift+F8",)),
    Command("note", "Show or hide the note", GO, ("Ctrl+F8",)),
    Command("slower", "Slower", GO, ("[",)),
    Command("faster", "Faster", GO, ("]",)),
    Command("fit", "Show the whole graph", VIEW, ("F",)),
    Command("zoom_original", "Natural size", VIEW, ("Ctrl+0",)),
    Command("zoom_in", "Zoom in", VIEW, ("Ctrl+=", "Ctrl++")),
    Command("zoom_out", "Zoom out", VIEW, ("Ctrl+-",)),
    Command("paths", "Show paths to root", VIEW, ("P",)),
    Command("peek", "Show the numbers", VIEW, ("I",)),
    Command("functions", "Tensors or autograd", VIEW, ("T",)),
    Command("queue", "Ready queue", VIEW, ("Q",)),
    Command("higher", "Higher derivatives", VIEW, ("H",)),
    Command("present", "Presentation", VIEW, ("F5", "F11")),
    Command("fold", "Collapse or open group", VIEW, ("G",)),
    Command("fold_all", "Collapse all groups", VIEW, ("Shift+G",)),
    Command("unfold_all", "Open all groups", VIEW, ("Ctrl+Shift+G",)),
    Command("theme", "Light or dark", VIEW, ("Ctrl+Shift+L",)),
    Command("contrast", "High contrast", VIEW),
    Command("motion", "Reduce motion", VIEW),
    Command("minimap", "Map of a large graph", VIEW),
    Command("panel_left", "Program panel", VIEW, ("Ctrl+1",)),
    Command("panel_right", "Inspector panel", VIEW, ("Ctrl+2",)),
    Command("panel_bottom", "Timeline panel", VIEW, ("Ctrl+3",)),
    Command("focus_program", "Go to the program", VIEW, ("Ctrl+P",)),
    Command("focus_canvas", "Go to the graph", VIEW, ("Ctrl+G",)),
    Command("cheat_sheet", "Keys", HELP, ("?", "F1")),
    Command("about", "About Chainrule", HELP),
)

BY_ID = {command.id: command for command in COMMANDS}


def key_text(command: Command) -> str:
    """The first key as people write it."""
    if not command.keys:
        return ""
    names = {"Return": "Enter", "PgDown": "Page Down", "PgUp": "Page Up", "Right": "→", "Left": "←"}
    return "+".join(names.get(part, part) for part in command.keys[0].split("+"))


def tooltip(id: str) -> str:
    """A command's title with its key."""
    command = BY_ID[id]
    key = key_text(command)
    return f"{command.title} ({key})" if key else command.title
