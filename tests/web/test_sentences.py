"""Chinese sentences in code can be said in another language: marked, and formatted after that."""

import ast
from collections.abc import Iterator
from pathlib import Path

from kernel.web.chinese import marked
from kernel.web.i18n import gettext
from tests.web.test_rendering import CHINESE, ROOMS, ROOT

TOLD = frozenset(
    {
        "InvalidValue", "Irreversible", "Issue", "Message", "Note", "Prompt", "bad_request", "busy",
        "conflict", "forbidden", "not_supported", "precondition_failed", "too_large",
        "unauthenticated", "unprocessable", "wrong",
    }
)  # fmt: skip
"""What is called with a sentence for somebody."""
RECORDED = frozenset({"{}的健康档案（导入的原始文档）", "{}的健康档案", "{}家庭", "接诊记录{}"})
"""Names that are given to what is stored: they are data."""


def modules() -> Iterator[tuple[Path, ast.Module]]:
    """Every module of the product."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            yield path.relative_to(ROOT), ast.parse(path.read_text("utf-8"))


def formatted(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Chinese that was put together before anybody could translate it."""
    names = set(_marked_names(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [v.value if isinstance(v, ast.Constant) else "{}" for v in node.values]
            if CHINESE.search(text := "".join(map(str, parts))) and text not in RECORDED:
                yield node.lineno, text
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod | ast.Add):
            for side in (node.left, node.right):
                named = isinstance(side, ast.Name) and side.id in names
                if named or _is_marked(side) or _is_sentence(side):
                    yield node.lineno, ast.unparse(side)


def _marked_names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value and _is_marked(node.value):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (one.id for one in targets if isinstance(one, ast.Name))


def _is_marked(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_"


def _is_sentence(node: ast.expr) -> bool:
    value = node.value if isinstance(node, ast.Constant) else None
    return isinstance(value, str) and bool(CHINESE.search(value))


def unknown(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Chinese that somebody is told, and that has no English."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func
        if (name.id if isinstance(name, ast.Name) else name) in TOLD:
            for given in node.args:
                text = given.value if isinstance(given, ast.Constant) else ""
                if isinstance(text, str) and CHINESE.search(text) and gettext(text, "en") == text:
                    yield node.lineno, text


def test_no_sentence_is_formatted_before_it_is_translated() -> None:
    found = [(str(path), *fault) for path, tree in modules() for fault in formatted(tree)]
    assert found == []
    probe = 'f"最多 {n} 行"; _("最多 %(n)s 行") % {"n": 1}; "请填写" + title; f"{title}：{n}"'
    assert len(list(formatted(ast.parse(probe)))) == 3
    named = '_MOST = _("最多 %(n)s 行"); _MOST % {"n": 1}; visit.translate(_MOST) % {"n": 1}'
    assert len(list(formatted(ast.parse(named)))) == 1


def test_what_somebody_is_told_is_known_in_english() -> None:
    found = [(str(path), *fault) for path, tree in modules() for fault in unknown(tree)]
    assert found == []
    probe = 'raise conflict("没有这句话"); row.wrong("name", "没有这句话"); conflict("登录")'
    assert len(list(unknown(ast.parse(probe)))) == 2


def test_chinese_data_says_what_it_is() -> None:
    chinese = '<span lang="zh-CN">于海宁</span>'
    assert marked("<p>Hello, 于海宁!</p>") == f"<p>Hello, {chinese}!</p>"
    assert marked("<p>海路8号2室 ECG 异常</p>").count("<span") == 2
    assert marked('<option value="1">男</option>') == '<option lang="zh-CN" value="1">男</option>'
    assert marked('<input name="q" value="男">') == '<input lang="zh-CN" name="q" value="男">'
    assert marked("<text>男</text>") == '<text lang="zh-CN">男</text>'
    untouched = (
        '<p title="男">x</p><option value="片">tablets</option><input value="" title="男">'
        "<title>男 · x</title><!-- 男 --><style>男</style><p>plain</p>"
    )
    assert marked(untouched) == untouched
