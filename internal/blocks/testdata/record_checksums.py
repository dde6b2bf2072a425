"""Records the checksums that the reference computes of schemas: python record_checksums.py > checksums.jsonl"""

import json

from prefect.blocks.core import Block

own = {"type": "object", "title": "Own", "properties": {"a": {"$ref": "#/definitions/Deeper"}}}
block = {"type": "object", "block_type_slug": "other", "secret_fields": ["k"], "properties": {"p": {"$ref": "#/definitions/OfBlock"}}}
fields = [
    {},
    {"title": "T"},
    {"b": 1, "a": 2, "Z": 3, "ä": 4, "z": 5, "€": 6, "😀": 7, "": 8},
    {"text": "quote \" backslash \\ slash / newline \n tab \t return \r bell \u0007 delete \u007f form \f back \b null \u0000"},
    {"text": "é ü 漢字 \u2028 😀 𝄞 \ufffd"},
    {"values": [None, True, False, [], {}, [[]], [{}], ""]},
    {"whole": [0, 1, -1, 10**15, 10**16, 2**63, 2**64, 10**40, -(10**40)]},
    {"float": [0.0, -0.0, 1.0, 1.5, 30.0, 0.1, 1 / 3, 1e15, 1e16, 1e17, 123456789012345680.0, 9999999999999998.0, 1.5e300, 1e-4, 1e-5, 0.00012345, 2.5e-7, 5e-324]},
    {"secret_fields": ["a"], "title": "T"},
    {"properties": {"secret_fields": {"type": "string"}, "x": {"secret_fields": 1, "y": 2}}},
    {"anyOf": [{"secret_fields": ["stays in a list"]}]},
    {"definitions": {}},
    {"definitions": None},
    {"definitions": []},
    {"definitions": {"Unused": own}},
    {"properties": {"o": {"$ref": "#/definitions/Own"}}, "definitions": {"Own": own, "Deeper": {"type": "string"}, "Unused": {"type": "null"}}},
    {"properties": {"o": {"$ref": "#/definitions/Own"}}, "definitions": {"Own": own}},
    {"properties": {"b": {"$ref": "#/definitions/Block"}}, "definitions": {"Block": block, "OfBlock": {"type": "integer"}}},
    {"properties": {"b": {"anyOf": [{"$ref": "#/definitions/Block"}, {"type": "null"}]}}, "definitions": {"Block": block}},
    {"properties": {"b": {"items": [{"allOf": [{"$ref": "#/definitions/Own"}]}]}}, "definitions": {"Own": {"enum": [1, 2]}, "Block": block}},
    {"properties": {"e": {"$ref": "#/definitions/Empty"}}, "definitions": {"Empty": {}}},
    {"properties": {"e": {"$ref": "#/definitions/Null"}}, "definitions": {"Null": {"block_type_slug": None, "type": "null"}}},
    {"properties": {"e": {"$ref": "elsewhere"}}, "definitions": {"elsewhere": {"type": "string"}}},
    {"properties": {"$ref": {"$ref": "#/definitions/Own"}}, "definitions": {"Own": {"type": "number"}}},
    {"properties": {"e": {"$ref": ""}}, "definitions": {"": {"type": "string"}, "Own": own}},
    {"block_schema_references": {"b": {"block_type_slug": "other", "block_schema_checksum": "sha256:0"}}, "block_type_slug": "t"},
    {"properties": {"a": {"secret_fields": ["x"], "$ref": "#/definitions/S"}}, "definitions": {"S": {"secret_fields": ["y"], "type": "object"}}},
]
for f in fields:
    text = json.dumps(f)
    print(json.dumps({"fields": f, "checksum": Block._calculate_schema_checksum(json.loads(text))}, ensure_ascii=False))
