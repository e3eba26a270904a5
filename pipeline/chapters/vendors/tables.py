"""Tables of the chapter on makers: what they ship beside weights, and who makes them.

The essay calls it AI+: open weights as infrastructure, laid by companies and countries. What of that can be
seen from outside is counted here: licences, conversions that come out with a release, papers, languages
and tasks, who started and who stopped, and whose models are downloaded.

Method
- Releases, dates, owners and countries are the register's. A licence that the register lacks is the one
  that this snapshot's tag states; its class is the register's, and a tag unknown to it is the maker's own
  terms: restricted.
- A conversion of a release is a repository in a packed or converted format (by its name or tags) that
  names, or is found to have, the release as its parent; or, where no such link is known, whose name is
  the release's once format tokens are taken off its end. It is the maker's when both have one owner.
  Releases count that are older than `vendors.formats_days`; a conversion made before the announcement
  is in time. An undated conversion is counted apart: it makes the share in time a lower bound.
- Tags (`arxiv:`, `region:`, two-letter languages) are read on repositories of registered makers alone, in one
  pass over the snapshot. Where none of them has a kind of tag, the snapshot lacks it: null, not 0.
- An organisation stopped when its last dated release is older than `vendors.stopped_months`, and
  started when its first is younger than `vendors.started_months`. It has not stopped when this snapshot has a
  repository of its own from those months: then the register may lack a release, and the status says so.
- Repositories of registered makers with more than `MANY_LIKES` that no release covers are listed: conversions,
  re-uploaders and old names of a release are left out.
- Models that packages find on ModelScope are placed by the name they are under (module `hubs`).
- Downloads by country and family: by owner; and with a repository that declares a parent counted for the
  makers of its roots instead. Roots of several makers are `several`.

Known drawbacks: the register lists what was found, so a gap in it looks like a stop; a name shows a
conversion only while makers keep names unique; a two-letter tag may mean something else than the
language (`ml`, `cv`); a `region:` tag says where files are stored, not where a maker sits; counters
of downloads count machines too.
"""

from pipeline.base.params import Params
from pipeline.base.paths import Paths
from pipeline.base.results import Results
from pipeline.chapters.vendors.activity import activity, gaps, tasks
from pipeline.chapters.vendors.downloads import downloads
from pipeline.chapters.vendors.formats import conversions, formats
from pipeline.chapters.vendors.hubs import hubs
from pipeline.chapters.vendors.inputs import read
from pipeline.chapters.vendors.licences import licence_moves, licences
from pipeline.chapters.vendors.schema import (
    VendorActivity,
    VendorDownloads,
    VendorFormats,
    VendorGaps,
    VendorHubs,
    VendorLanguages,
    VendorLicenceMoves,
    VendorLicences,
    VendorTags,
    VendorTasks,
)
from pipeline.chapters.vendors.tags import languages, tag_counts, tags


def make(paths: Paths, params: Params, results: Results) -> None:
    """Read the register and the snapshot; write the tables of the chapter on makers."""
    inputs = read(paths)
    settings = params.vendors

    results.write("vendor_licences", licences(inputs), VendorLicences)
    results.write("vendor_licence_moves", licence_moves(inputs), VendorLicenceMoves)
    results.write("vendor_formats", formats(inputs, conversions(inputs), settings.formats_days), VendorFormats)
    tagged = tags(inputs)
    results.write("vendor_tags", tag_counts(inputs, tagged), VendorTags)
    results.write("vendor_languages", languages(inputs, tagged), VendorLanguages)
    results.write("vendor_tasks", tasks(inputs), VendorTasks)
    results.write("vendor_activity", activity(inputs, settings.stopped_months, settings.started_months), VendorActivity)
    results.write("vendor_gaps", gaps(inputs), VendorGaps)
    results.write("vendor_hubs", hubs(paths.register), VendorHubs)
    results.write("vendor_downloads", downloads(inputs), VendorDownloads)
