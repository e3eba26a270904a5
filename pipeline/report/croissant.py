"""The downloads in Croissant, the vocabulary of catalogues of data for machine learning: `croissant.json`.

Method: made from the same entries as the Data Package, so from the contracts of the tables (Croissant 1.0,
http://mlcommons.org/croissant/1.0). Every CSV is a file with a set of records, whose fields are the table's columns; a
table that is published as Parquet alone has that file. Units stand at the end of a field's description, since Croissant
has no place for them.

Drawbacks: a list is a text here, as in CSV. Without the site's address files have the names that they have beside this
document, and the dataset has no address of its own.
"""

from collections.abc import Iterable, Mapping
from typing import Any

TYPES = {
    "boolean": "sc:Boolean",
    "integer": "sc:Integer",
    "number": "sc:Float",
    "date": "sc:Date",
    "datetime": "sc:DateTime",
}
"""Croissant's types by those of the Data Package; all others are texts."""

CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""The terms of Croissant 1.0, as its standard gives them."""


def document(package: Mapping[str, Any], cited: Mapping[str, Any], date: str, address: str | None) -> dict[str, Any]:
    """The document.

    package: the Data Package; date: the day that the snapshot shows; address: of the site, if it is known.
    """
    tables = list(_tables(package["resources"]))
    found: dict[str, Any] = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": package["title"],
        "description": package["description"],
        "version": package["version"],
        "datePublished": date,
        "license": package["licenses"][0]["path"],
        "keywords": package["keywords"],
        "creator": [creator(author) for author in cited["authors"]],
        "citeAs": f"{cited['title']}, version {package['version']}",
    }
    if address:
        found["url"] = f"{address}/data.html"
    return {
        **found,
        "distribution": [_file(resource, address) for resource in tables],
        "recordSet": [_records(resource) for resource in tables],
    }


def creator(author: Mapping[str, str]) -> dict[str, str]:
    """An author of CITATION.cff as schema.org has it."""
    if "family-names" not in author:
        return {"@type": "Organization", "name": author["name"]}
    return {"@type": "Person", "name": " ".join(author[key] for key in ("given-names", "family-names"))}


def _tables(resources: Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    """One file a table: its CSV, or its Parquet where it has no CSV."""
    listed = list(resources)
    with_csv = {resource["name"] for resource in listed if resource["format"] == "csv"}
    return (each for each in listed if each["format"] == "csv" or each["name"].removesuffix("-parquet") not in with_csv)


def _file(resource: Mapping[str, Any], address: str | None) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": resource["path"],
        "name": resource["path"],
        "description": resource["description"],
        "contentUrl": f"{address}/data/{resource['path']}" if address else resource["path"],
        "contentSize": f"{resource['bytes']} B",
        "encodingFormat": resource["mediatype"],
        "sha256": resource["hash"].removeprefix("sha256:"),
    }


def _records(resource: Mapping[str, Any]) -> dict[str, Any]:
    table = resource["path"].rpartition(".")[0]
    schema = resource.get("schema", resource)
    columns = schema.get("fields", schema.get("columns", []))
    key = schema.get("primaryKey", schema.get("key", []))
    return {
        "@type": "cr:RecordSet",
        "@id": table,
        "name": table,
        "description": resource["description"],
        "key": [{"@id": f"{table}/{name}"} for name in key],
        "field": [_field(column, table, resource["path"]) for column in columns],
    }


def _field(column: Mapping[str, Any], table: str, file: str) -> dict[str, Any]:
    unit = f" Unit: {column['unit']}." if "unit" in column else ""
    return {
        "@type": "cr:Field",
        "@id": f"{table}/{column['name']}",
        "name": column["name"],
        "description": f"{column['description'].rstrip('.')}.{unit}",
        "dataType": TYPES.get(column["type"], "sc:Text"),
        "source": {"fileObject": {"@id": file}, "extract": {"column": column["name"]}},
    }
