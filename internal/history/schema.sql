-- The past as rows: what the journal's two logs hold, to be asked by place and
-- time. All of it can be made again from the journal, so nothing is migrated:
-- another version is emptied and projected anew.
--
-- Times are microseconds since 1970 in UTC, positions degrees on WGS 84, NULL
-- where something is not known.
PRAGMA application_id = 0x56444853; -- "VDHS"
PRAGMA user_version = 1;

-- How far each log is projected, written with the rows it speaks of.
CREATE TABLE progress (
  log TEXT PRIMARY KEY,   -- contacts, events
  seq INTEGER NOT NULL,   -- of the last event projected
  id TEXT NOT NULL        -- of that event: tells one journal from another
) STRICT, WITHOUT ROWID;

-- The sets of groups that something is shared with.
CREATE TABLE audience (
  id INTEGER PRIMARY KEY,
  groups TEXT NOT NULL UNIQUE -- JSON array, sorted
) STRICT;

CREATE TABLE track (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  ident TEXT NOT NULL,    -- empty: the plots of the source, which are no track
  since INTEGER NOT NULL, -- none of its observations is earlier than this,
  until INTEGER NOT NULL, -- and none is current any more from then on; there may be room
  UNIQUE (source, ident)
) STRICT;

CREATE TABLE observation (
  id INTEGER PRIMARY KEY, -- twice the sequence in the log, and one more for Events
  track INTEGER NOT NULL REFERENCES track (id),
  time INTEGER NOT NULL,  -- when it was so, as the source says
  received INTEGER NOT NULL,
  stale INTEGER NOT NULL,
  audience INTEGER REFERENCES audience (id), -- NULL: everybody
  type TEXT NOT NULL,     -- as in Cursor on Target
  label TEXT NOT NULL,
  lat_deg REAL,
  lon_deg REAL,
  hae_m REAL,
  ce_m REAL,
  le_m REAL,
  course_deg REAL,
  speed_m_s REAL,
  trust TEXT NOT NULL,
  vouched TEXT NOT NULL,  -- by whom; empty: by nobody
  props TEXT,             -- JSON object
  gone INTEGER NOT NULL,
  late INTEGER NOT NULL,
  skew INTEGER NOT NULL   -- of the sender's clock, microseconds
) STRICT;

-- Pages of a time follow (time, id); the counts of a short time need the audience
-- and nothing else.
CREATE INDEX observation_time ON observation (time, id, audience);

CREATE INDEX observation_track ON observation (track, time);

-- How many observations there are in each minute, for the counts of a long time.
CREATE TABLE tally (
  minute INTEGER NOT NULL,   -- since 1970
  audience INTEGER NOT NULL, -- 0: everybody
  n INTEGER NOT NULL,
  PRIMARY KEY (minute, audience)
) STRICT, WITHOUT ROWID;

-- Place and time of the observations that have a place, in 32 bits and rounded
-- outwards: it finds candidates. Time is in days since 1970, so that a day and a
-- degree weigh alike when the tree is built.
CREATE VIRTUAL TABLE place USING rtree (id, west, east, south, north, begins, ends);

-- Everything in Events, calls for help too.
CREATE TABLE event (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  version INTEGER NOT NULL, -- of the payload's form
  source TEXT NOT NULL,
  time INTEGER NOT NULL,
  received INTEGER NOT NULL,
  payload TEXT NOT NULL     -- JSON
) STRICT;

CREATE INDEX event_time ON event (time, seq, kind);

CREATE INDEX event_kind ON event (kind, seq);

-- Events that say they are observations and could not be read as such.
CREATE TABLE unread (
  log TEXT NOT NULL,
  seq INTEGER NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (log, seq)
) STRICT, WITHOUT ROWID;
