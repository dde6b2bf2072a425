"""record.py > templates.jsonl: what the reference makes of templates. Run it in an environment with the reference."""

import json
import logging
import sys

import jinja2
from prefect.server.utilities import user_templates as ut

logging.disable(logging.CRITICAL)

CONTEXT = {
    "name": "marvin", "n": 42, "f": 1.5, "neg": -7, "yes": True, "nothing": None, "empty": "", "html": "<b>\"it's\" & co</b>",
    "words": ["delta", "Alpha", "charlie", "bravo"], "nums": [3, 1, 2, 3], "nested": [[1, 2], [3]],
    "user": {"name": "ada", "tags": ["x", "y"], "address": {"city": "Zürich"}, "items": "an item"},
    "people": [{"name": "bo", "age": 30}, {"name": "Al", "age": 25}, {"name": "cy", "age": 30}],
    "text": "The quick  brown fox\njumps over the lazy dog", "long": "word " * 80, "uni": "grüße 👋",
}

TEMPLATES = r"""
plain text
{{ name }}
{{name}} and {{ n }}
{{ 1 + 2 }}|{{ 7 / 2 }}|{{ 7 // 2 }}|{{ -7 // 2 }}|{{ -7 % 3 }}|{{ 2 ** 10 }}|{{ 2 ** -1 }}|{{ 2 ** 3 ** 2 }}
{{ 1.0 }}|{{ 1e3 }}|{{ 1.5e-7 }}|{{ 1e16 }}|{{ 123456789.125 }}|{{ 0.1 + 0.2 }}
{{ 0x1f }}|{{ 0b101 }}|{{ 0o17 }}|{{ 1_000 }}
{{ true }}{{ True }}{{ none }}{{ None }}{{ false }}
{{ 'a' 'b' }}|{{ 'it''s' }}|{{ "q\"q" }}|{{ 'a\nb' }}|{{ '\u00e9' }}
{{ 'a' + 'b' }}|{{ 'ab' * 3 }}|{{ 3 * 'x' }}|{{ [1] + [2] }}|{{ [1, 2] * 2 }}|{{ (1,) + (2, 3) }}
{{ 'a' ~ 1 ~ none ~ 2.5 }}
{{ [1, 'a', None, 1.0, true] }}|{{ (1, 2) }}|{{ (1,) }}|{{ () }}|{{ {'a': 1, 'b': [2]} }}|{{ {} }}
{{ 1 == 1.0 }}|{{ 'a' == 'b' }}|{{ [1] == [1] }}|{{ {'a': 1} == {'a': 1} }}|{{ 1 < 2 < 3 }}|{{ 1 < 3 < 2 }}
{{ 'a' < 'b' }}|{{ [1, 2] < [1, 3] }}|{{ not 1 }}|{{ not not 1 }}
{{ 1 in [1, 2] }}|{{ 3 not in [1, 2] }}|{{ 'a' in 'cat' }}|{{ 'name' in user }}
{{ 1 and 2 }}|{{ 0 or 'x' }}|{{ '' or none }}|{{ 0 and 1/0 }}
{{ 'y' if yes else 'n' }}|{{ 'y' if no else 'n' }}|{{ 'y' if no }}
{{ user.name }}|{{ user['name'] }}|{{ user.address.city }}|{{ user['items'] }}
{{ words[0] }}|{{ words[-1] }}|{{ words[9] }}|{{ words.0 }}|{{ name[0] }}|{{ name[1:3] }}|{{ words[1:] }}|{{ nums[::-1] }}|{{ nums[::2] }}|{{ nums[-2:] }}
{{ missing }}|{{ missing.a.b }}|{{ missing['x'] }}|{{ user.nope }}|{{ user.nope.deeper }}
{{ missing + 1 }}
{{ missing() }}
{{ user.nope() }}
{{ missing < 1 }}
{{ -missing }}
{{ 1 / 0 }}
{{ 1 // 0 }}|
{{ 1.5 % 0 }}
{{ 1 + 'a' }}
{{ 'a' + 1 }}
{{ [] < 1 }}
{{ -'a' }}
{{ n() }}
{{ name.upper() }}|{{ name.capitalize() }}|{{ 'a b'.title() }}|{{ "they're".title() }}|{{ ' x '.strip() }}|{{ 'xxaxx'.strip('x') }}
{{ 'a,b,c'.split(',') }}|{{ 'a b  c'.split() }}|{{ 'a,b,c'.split(',', 1) }}|{{ 'a,b,c'.rsplit(',', 1) }}|{{ 'a b c'.split(None, 1) }}|{{ 'a  b  c '.rsplit(none, 1) }}
{{ 'abc'.replace('b', 'x') }}|{{ 'aaa'.replace('a', 'b', 2) }}|{{ 'abc'.startswith('a') }}|{{ 'abc'.endswith(('x', 'c')) }}|{{ 'abcb'.find('b') }}|{{ 'abcb'.rfind('b') }}|{{ 'abc'.index('z') }}
{{ '-'.join(['a', 'b']) }}|{{ '5'.zfill(3) }}|{{ '-5'.zfill(4) }}|{{ 'a'.center(4) }}|{{ 'ab'.center(5) }}|{{ 'a'.ljust(3, '.') }}|{{ 'a'.rjust(3, '.') }}|
{{ 'a=b=c'.partition('=') }}|{{ 'a=b=c'.rpartition('=') }}|{{ 'abc'.removeprefix('a') }}|{{ 'abc'.isalpha() }}|{{ '12'.isdigit() }}|{{ 'Ab'.swapcase() }}
{{ '{} {}'.format(1, 'a') }}|{{ '{0}{0}'.format('x') }}|{{ '{a:>5}|{b:.2f}|{c:,}'.format(a='x', b=1.234, c=1234567) }}|{{ '{:05d}'.format(42) }}|{{ '{:x}'.format(255) }}|{{ '{:%}'.format(0.25) }}
{{ 'abc'.__class__ }}|{{ ''.__class__.__mro__ }}
{{ user.get('name') }}|{{ user.get('q', 5) }}|{{ user.keys() | list }}|{{ {'a': 1}.items() | list }}|{{ {'a': 1}.values() | list }}
{{ nums.count(3) }}|{{ nums.index(2) }}
{{ nums.append(5) }}
{% for x in nums %}{{ x }},{% endfor %}
{% for x in [] %}x{% else %}none{% endfor %}
{% for k, v in {'a': 1, 'b': 2}.items() %}{{ k }}={{ v }};{% endfor %}
{% for x in words %}{{ loop.index }}/{{ loop.length }} {{ loop.first }} {{ loop.last }} {{ loop.revindex }} {{ loop.previtem }} {{ loop.nextitem }};{% endfor %}
{% for x in nums if x > 1 %}{{ loop.index0 }}:{{ x }} {% endfor %}
{% for x in nums %}{{ loop.cycle('odd', 'even') }} {% endfor %}
{% for x in [1, 1, 2] %}{{ loop.changed(x) }} {% endfor %}
{% for x in range(3) %}{% for y in range(2) %}{{ loop.depth }}{{ x }}{{ y }} {% endfor %}{% endfor %}
{% for x in [[1, [2]], [3]] recursive %}{% if x is iterable %}({{ loop(x) }}){% else %}{{ x }}{% endif %}{% endfor %}
{% for a, b in [[1, 2], [3, 4]] %}{{ a }}-{{ b }} {% endfor %}
{% for a, b in [[1, 2, 3]] %}{{ a }}{% endfor %}
{% for c in 'abc' %}{{ c }}.{% endfor %}
{% for x in n %}{% endfor %}
{% for x in missing %}x{% else %}e{% endfor %}
{% if n > 40 %}big{% elif n > 10 %}mid{% else %}small{% endif %}
{% if not n %}a{% elif no %}b{% endif %}c
{% set x = 5 %}{{ x }}{% set y, z = 1, 2 %}{{ y }}{{ z }}
{% set x = 1 %}{% for i in [1] %}{% set x = 2 %}{% endfor %}{{ x }}
{% set ns = namespace(total=0) %}{% for i in nums %}{% set ns.total = ns.total + i %}{% endfor %}{{ ns.total }}
{% set x %}block {{ n }}{% endset %}[{{ x }}]
{% set x | upper %}block{% endset %}{{ x }}
{% if true %}{% set q = 1 %}{% endif %}{{ q }}
{% with a = 1, b = 2 %}{{ a + b }}{% endwith %}{{ a }}
{% macro hi(who, greet='hello') %}{{ greet }} {{ who }}{% endmacro %}{{ hi('bob') }}, {{ hi('al', greet='hey') }}
{% macro wrap() %}<{{ caller() }}>{% endmacro %}{% call wrap() %}in{% endcall %}
{% filter upper %}shout {{ name }}{% endfilter %}
{% raw %}{{ not rendered }}{% endraw %}
{# comment #}a{#- trim -#}   b
  {%- if true -%}   x   {%- endif -%}   y
{{- name -}}   z
{% print n %}
{% block b %}in block{% endblock %}
{{ range(5) | list }}|{{ range(2, 8, 3) | list }}|{{ range(5, 0, -2) | list }}
{{ range(1000) | list }}
{{ dict(a=1) }}|{{ dict([('x', 2)]) }}
{% set c = cycler('a', 'b') %}{{ c.next() }}{{ c.next() }}{{ c.next() }}{{ c.current }}
{% set j = joiner('|') %}{{ j() }}a{{ j() }}b
{{ -5 | abs }}|{{ (-5) | abs }}|{{ neg | abs }}
{{ 'hello world' | capitalize }}|{{ 'hello world' | title }}|{{ "they're bill's" | title }}|{{ 'a-b c(d' | title }}
{{ 'x' | center(5) }}|
{{ missing | default('d') }}|{{ '' | default('d') }}|{{ '' | default('d', true) }}|{{ none | d('x') }}
{{ {'b': 1, 'A': 2} | dictsort }}|{{ {'b': 1, 'A': 2} | dictsort(true) }}|{{ {'b': 1, 'A': 2} | dictsort(by='value', reverse=true) }}
{{ html | escape }}|{{ html | e | e }}|{{ html | safe }}|{{ html | forceescape }}|{{ html | safe | escape }}
{{ 1000 | filesizeformat }}|{{ 1 | filesizeformat }}|{{ 123456789 | filesizeformat }}|{{ 1024 | filesizeformat(true) }}|{{ 500 | filesizeformat }}
{{ words | first }}|{{ words | last }}|{{ [] | first }}|{{ 'abc' | last }}
{{ '3.5' | float }}|{{ 'x' | float }}|{{ 'x' | float(1.5) }}|{{ 3 | float }}
{{ '42' | int }}|{{ '4.7' | int }}|{{ 'x' | int }}|{{ 'x' | int(9) }}|{{ '0x1F' | int(base=16) }}|{{ 4.9 | int }}|{{ true | int }}
{{ '%s-%d-%.2f' | format('a', 5, 1.234) }}|{{ '%(a)s' | format(a=1) }}|{{ '%5d|%-5d|%05d' | format(1, 2, 3) }}|{{ '%x %X %o %e %g' | format(255, 255, 8, 12345.678, 0.0001) }}|{{ '%r' | format('a') }}|{{ '%%' | format() }}
{{ '%s %s' | format('a') }}
{{ '%d' | format('a') }}
{{ '%s' % 'x' }}|{{ '%s %s' % (1, 2) }}
{% for g, list in people | groupby('age') %}{{ g }}:{% for p in list %}{{ p.name }} {% endfor %};{% endfor %}
{% for g in people | groupby('age') %}{{ g.grouper }}={{ g.list | length }};{% endfor %}
{{ 'a\nb\nc' | indent }}|{{ 'a\nb' | indent(2, true) }}|{{ 'a\n\nb' | indent(2, blank=true) }}|{{ 'a\nb' | indent('> ') }}
{{ words | join(', ') }}|{{ nums | join }}|{{ people | join('-', attribute='name') }}
{{ words | length }}|{{ 'abc' | count }}|{{ user | length }}|{{ uni | length }}
{{ n | length }}
{{ 'abc' | list }}|{{ user | list }}|{{ (1, 2) | list }}
{{ 'ABC' | lower }}|{{ 'abc' | upper }}|{{ uni | upper }}
{{ words | map('upper') | list }}|{{ people | map(attribute='name') | list }}|{{ people | map(attribute='x', default='?') | list }}|{{ words | map('replace', 'a', 'o') | list }}
{{ nums | max }}|{{ nums | min }}|{{ words | max }}|{{ people | max(attribute='age') }}|{{ [] | max }}
{{ nums | select('odd') | list }}|{{ nums | reject('odd') | list }}|{{ nums | select('gt', 1) | list }}|{{ [0, 1, ''] | select | list }}
{{ people | selectattr('age', 'equalto', 30) | map(attribute='name') | list }}|{{ people | rejectattr('age', 'gt', 26) | list }}|{{ people | selectattr('name') | list | length }}
{{ [1, 2, 3, 4, 5] | batch(2) | list }}|{{ [1, 2, 3] | batch(2, 'x') | list }}|{{ [1, 2, 3, 4, 5] | slice(2) | list }}|{{ [1, 2, 3, 4, 5] | slice(3, 0) | list }}
{{ 'aXbX' | replace('X', '-') }}|{{ 'aXbX' | replace('X', '-', 1) }}
{{ 'abc' | reverse }}|{{ nums | reverse | list }}
{{ 42.55 | round }}|{{ 42.55 | round(1) }}|{{ 42.55 | round(1, 'floor') }}|{{ 42.41 | round(1, 'ceil') }}|{{ 2.5 | round }}|{{ 3.5 | round | int }}|{{ 5 | round }}|{{ 1234 | round(-2) }}
{{ words | sort }}|{{ words | sort(case_sensitive=true) }}|{{ nums | sort(reverse=true) }}|{{ people | sort(attribute='age,name') | map(attribute='name') | list }}
{{ nums | string }}|{{ n | string }}
{{ '<p>a  <b>b</b></p> &amp; <!-- c -->' | striptags }}
{{ nums | sum }}|{{ people | sum(attribute='age') }}|{{ [] | sum }}|{{ nums | sum(start=10) }}|{{ [1.5, 2] | sum }}
{{ user | tojson }}|{{ html | tojson }}|{{ uni | tojson }}|{{ [1, none, true, 1.5] | tojson }}|{{ {'b': 1, 'a': 2} | tojson(2) }}|{{ [] | tojson(2) }}
{{ '  x ' | trim }}|{{ '--x--' | trim('-') }}
{{ long | truncate(20) }}|{{ long | truncate(20, true) }}|{{ 'short' | truncate(3) }}|{{ 'foo bar baz qux' | truncate(11) }}|{{ 'foo bar baz qux' | truncate(11, False, '..', 0) }}
{{ [1, 2, 1, 'a', 'A'] | unique | list }}|{{ people | unique(attribute='age') | map(attribute='name') | list }}
{{ 'a b/c&d' | urlencode }}|{{ {'q': 'x y', 'p': 1} | urlencode }}|{{ [('a', 'b')] | urlencode }}|{{ 'ü' | urlencode }}
{{ text | wordcount }}|{{ text | wordwrap(10) }}|{{ 'abcdefghijkl' | wordwrap(5) }}
{{ {'class': 'a', 'id': none, 'x': '<'} | xmlattr }}|{{ {'class': 'a'} | xmlattr(false) }}
{{ user | items | list }}
{{ 'x' | nofilter }}
{{ 'x' is notest }}
{{ 3 is odd }}|{{ 3 is even }}|{{ 9 is divisibleby 3 }}|{{ 9 is divisibleby(2) }}|{{ x is defined }}|{{ n is defined }}|{{ x is undefined }}
{{ none is none }}|{{ 1 is number }}|{{ 'a' is string }}|{{ [] is sequence }}|{{ {} is mapping }}|{{ 'a' is iterable }}|{{ 1 is iterable }}|{{ true is boolean }}|{{ 1 is integer }}|{{ 1.0 is float }}|{{ true is true }}|{{ 1 is true }}
{{ 'abc' is lower }}|{{ 'ABC' is upper }}|{{ 1 is sameas 1 }}|{{ n is eq 42 }}|{{ n is not eq 42 }}|{{ n is gt 4 and n is lt 50 }}|{{ 1 is in [1] }}|{{ 'upper' is filter }}|{{ 'odd' is test }}|{{ range is callable }}
{{ n is not none }}|{{ not n is none }}
{{ html | e ~ '<' }}|{{ ('<' | safe) ~ '<' }}|{{ ('<' | e) + '<' }}
{{ words | map('length') | sum }}|{{ words | map('first') | join }}|{{ words|map('upper')|sort|join('-') }}
{{ user.tags | join(',') }}|{{ user['address']['city'] | upper }}
{{ [1, 2, 3] | last + 1 }}|{{ 2 + 3 | string }}
{{ 1 if true else 2 if false else 3 }}
{{ (1, 2, 3)[1] }}|{{ {'a': {'b': 1}}.a.b }}|{{ [[1, 2], [3]][0][1] }}
{{ 'a' if n == 42 and name == 'marvin' else 'b' }}
{{ 99999999999 * 99999 }}
{{ '\x41' }}
{{ "a" | replace("a", "<") }}
{{ 10 | string | length }}
{{ 3.0 | int }}|{{ 3.7 // 1 }}|{{ 7.5 % 2 }}|{{ 1e100 }}|{{ -0.0 }}
{{ {'a': none, 1: 'x', true: 2} }}
{{ ['it\'s', "a\"b", 'both\'"'] }}|{{ ['\n\t\\'] }}|{{ ['é', '\x07'] }}
{{ nums | map('string') | join('+') }}
{% set a = [1, 2] %}{% set b = a + [3] %}{{ a | length }}{{ b | length }}
{% for x in nums %}{% if loop.first %}[{% endif %}{{ x }}{% if not loop.last %}, {% else %}]{% endif %}{% endfor %}
{{ 'x' | upper
{{ 
{{ 1 + }}
{{ 1 2 }}
{{ (1 }}
{{ a.1.b }}|
{{ a. }}
{{ [1, 2 }}
{{ $ }}
{{ a! }}
{{ 'abc }}
{% if %}{% endif %}
{% if x %}
{% for x %}{% endfor %}
{% for x in y %}
{% endif %}
{% endfor %}
{% else %}
{% foo %}
{% if x %}{% foo %}{% endif %}
{% if x %}{% endfor %}{% endif %}
{% raw %}
{# never closed
{% set %}
{% set 1 = 2 %}
{% set x = %}
{% %}
{{ }}
{{ ) }}
{{ (] }}
{{ f(a=1, 2) }}
{{ f(**a, *b) }}
{{ x is }}
{{ x | }}
{{ a is b is c }}
{% for a in range(2) %}{% for b in range(2) %}{% for c in range(2) %}x{% endfor %}{% endfor %}{% endfor %}
{% include 'x' %}
{% extends 'x' %}
{% import 'x' as y %}
{{ caller() }}
{{ namespace(a=1).a }}|{{ namespace(a=1).b }}
{{ [3, 'a'] | sort }}
{{ {'a': 1} < {'b': 2} }}
{{ [{}] | unique | list }}
{{ {[1]: 2} }}
{{ 'a' in 5 }}
{{ 5 in 'abc' }}
{{ words | join(missing) }}
{{ [1, 2] | map(attribute='x') | list }}
{{ nested | sum(start=[]) }}
{{ 1 ~ true }}|{{ 1 == true }}|{{ 1 is sameas true }}
{{ '%c' | format('x') }}|{{ '%+d' | format(5) }}|{{ '% d' | format(5) }}|{{ '%#x' | format(255) }}|{{ '%.3s' | format('abcdef') }}
{{ '{:>10}|{:<10}|{:^10}|{:*^9}'.format('a', 'b', 'c', 'd') }}|{{ '{:+.1f}'.format(1.25) }}|{{ '{0.name}'.format(user) }}
{{ 'a' | center(3) | replace(' ', '.') }}|{{ 'tEST it' | capitalize }}
line one
  {%- for x in nums %}
  - {{ x }}
  {%- endfor %}
end
""".strip("\n").split("\n")

# The last lines are one template.
TEMPLATES = TEMPLATES[:-5] + ["\n".join(TEMPLATES[-5:]), "trailing newline\n", "two\n\n", "a\r\nb\r\n", "{% if true %}\nx\n{% endif %}\n"]
TEMPLATES += ["{% for x in [1] %}{% endfor %}" * 11]


def outcome(template):
    try:
        ut.validate_user_template(template)
    except jinja2.TemplateSyntaxError as e:
        return {"syntax": e.message, "line": e.lineno}
    except ut.TemplateSecurityError as e:
        return {"security": str(e)}
    try:
        return {"text": ut.render_user_template_sync(template, dict(CONTEXT))}
    except ut.TemplateRenderError as e:
        return {"error": type(e.error).__name__, "message": str(e.error)}


print(json.dumps({"context": CONTEXT}))
for t in TEMPLATES:
    print(json.dumps({"template": t, **outcome(t)}))
