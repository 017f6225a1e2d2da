"""The messages of Flight SQL, and of Flight's session actions, that this package speaks.

They are described here instead of by generated modules, which would tie the package to one version of protobuf and clash with those of
any other Flight SQL client in the process: a pool of descriptors takes a name once. Names and numbers are those of FlightSql.proto and
Flight.proto; fields that the package does not use are left out.
"""
from __future__ import annotations

from typing import Any as Anything

from google.protobuf import any_pb2, descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import Message

_Field = descriptor_pb2.FieldDescriptorProto
_KINDS = {"string": _Field.TYPE_STRING, "bytes": _Field.TYPE_BYTES, "bool": _Field.TYPE_BOOL, "int64": _Field.TYPE_INT64,
          "double": _Field.TYPE_DOUBLE, "enum": _Field.TYPE_INT32}  # an enumeration's numbers travel as an int32's

_SQL = "arrow.flight.protocol.sql"
_FLIGHT = "arrow.flight.protocol"

# A message's fields: name, number, kind, where a kind that is not in _KINDS names a message of the same file. "optional" and "oneof" are
# both fields whose presence shows.
_FILES: dict[str, dict[str, list[tuple[Anything, ...]]]] = {
    _SQL: {
        "CommandStatementQuery": [("query", 1, "string")],
        "CommandStatementUpdate": [("query", 1, "string")],
        "CommandPreparedStatementQuery": [("prepared_statement_handle", 1, "bytes")],
        "CommandPreparedStatementUpdate": [("prepared_statement_handle", 1, "bytes")],
        "ActionCreatePreparedStatementRequest": [("query", 1, "string")],
        "ActionCreatePreparedStatementResult": [
            ("prepared_statement_handle", 1, "bytes"), ("dataset_schema", 2, "bytes"), ("parameter_schema", 3, "bytes"),
            ("is_update", 4, "bool", "optional")],
        "ActionClosePreparedStatementRequest": [("prepared_statement_handle", 1, "bytes")],
        "DoPutPreparedStatementResult": [("prepared_statement_handle", 1, "bytes", "optional")],
        "DoPutUpdateResult": [("record_count", 1, "int64")],
        "TableDefinitionOptions": [("if_not_exist", 1, "enum"), ("if_exists", 2, "enum")],
        "CommandStatementIngest": [
            ("table_definition_options", 1, "TableDefinitionOptions"), ("table", 2, "string"), ("schema", 3, "string", "optional"),
            ("temporary", 5, "bool")],
    },
    _FLIGHT: {
        "SessionOptionValue": [
            ("string_value", 1, "string", "oneof"), ("bool_value", 2, "bool", "oneof"), ("int64_value", 3, "int64", "oneof"),
            ("double_value", 4, "double", "oneof")],
        "SessionOption": [("key", 1, "string"), ("value", 2, "SessionOptionValue")],
        "SetSessionOptionsRequest": [("session_options", 1, "SessionOption", "repeated")],
        "SetSessionOptionsError": [("value", 1, "enum")],
        "SetSessionOptionsFault": [("key", 1, "string"), ("value", 2, "SetSessionOptionsError")],
        "SetSessionOptionsResult": [("errors", 1, "SetSessionOptionsFault", "repeated")],
        "GetSessionOptionsRequest": [],
        "GetSessionOptionsResult": [("session_options", 1, "SessionOption", "repeated")],
        "CloseSessionRequest": [],
    },
}


def _describe(package: str, messages: dict[str, list[tuple[Anything, ...]]]) -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(name=package + ".proto", package=package, syntax="proto3")
    for name, fields in messages.items():
        message = file.message_type.add(name=name)
        for field_name, number, kind, *rest in fields:
            field = message.field.add(name=field_name, number=number, label=_Field.LABEL_OPTIONAL)
            if kind in _KINDS:
                field.type = _KINDS[kind]
            else:
                field.type, field.type_name = _Field.TYPE_MESSAGE, f".{package}.{kind}"
            if "repeated" in rest:
                field.label = _Field.LABEL_REPEATED
            if "optional" in rest or "oneof" in rest:
                alone = "optional" in rest
                if alone or not message.oneof_decl:
                    message.oneof_decl.add(name="_" + field_name if alone else "of")
                field.oneof_index = len(message.oneof_decl) - 1
                field.proto3_optional = alone
    return file


_pool = descriptor_pool.DescriptorPool()
for _package, _messages in _FILES.items():
    _pool.Add(_describe(_package, _messages))


def new(name: str, **fields: Anything) -> Message:
    """A message of Flight SQL, or of Flight, by its name."""
    return _class(name)(**fields)


def parse(name: str, data: bytes) -> Anything:
    """The message of this name in data."""
    message = _class(name)()
    message.ParseFromString(data)
    return message


def pack(message: Message) -> bytes:
    """The bytes of a message within an Any, as commands and the actions of Flight SQL travel."""
    packed = any_pb2.Any(type_url="type.googleapis.com/" + message.DESCRIPTOR.full_name, value=message.SerializeToString())
    return packed.SerializeToString()


def unpack(name: str, data: bytes) -> Anything:
    """The message of this name within an Any."""
    return parse(name, any_pb2.Any.FromString(data).value)


def _class(name: str) -> Anything:
    package = _SQL if name in _FILES[_SQL] else _FLIGHT
    return message_factory.GetMessageClass(_pool.FindMessageTypeByName(f"{package}.{name}"))
