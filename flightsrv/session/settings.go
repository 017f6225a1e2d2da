package session

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mediaflight/mediaflight/catalog"
)

// A Setting is something that SET changes and SHOW shows. Its name is in lower case; users may write it in any.
type Setting struct {
	Name    string
	Aliases []string
	Default string
	Doc     string
	// apply puts a value into effect and returns its canonical text; nil for settings that only SHOW knows.
	apply func(v *Values, text string) (string, error)
}

// Settings lists all settings in the order of their names. Those from PostgreSQL that clients set when they connect are
// accepted with the values that are true here: no setting is without effect or a lie.
var Settings = []Setting{
	{Name: "application_name", Doc: "Names the client in logs and in the list of running queries.",
		apply: func(v *Values, text string) (string, error) {
			v.ApplicationName = clip(text, 64)
			return v.ApplicationName, nil
		}},
	{Name: "bytea_output", Default: "hex", Doc: "How binary values are written as text. Only hex.", apply: oneOf("hex")},
	{Name: "catalog", Default: catalog.Database, Doc: "The current catalog. There is one.", apply: oneOf(catalog.Database)},
	{Name: "client_encoding", Default: "UTF8", Doc: "The encoding of text. Only UTF8.", apply: oneOf("UTF8", "UTF-8", "UNICODE")},
	{Name: "client_min_messages", Default: "notice",
		Doc: "The least level of messages sent to the client, which are notices: warning and error send none.",
		apply: func(v *Values, text string) (string, error) {
			level, err := oneOf("notice", "warning", "error", "log", "info")(v, text)
			v.Notices = level != "warning" && level != "error"
			return level, err
		}},
	{Name: "datestyle", Default: "ISO", Doc: "How dates are written as text. Only ISO.",
		apply: oneOf("ISO", "ISO, MDY", "ISO, DMY", "ISO, YMD", "ISO,MDY", "ISO,DMY", "ISO,YMD")},
	{Name: "endpoints", Default: "1",
		Doc:   "Into how many parts GetFlightInfo cuts a result without ORDER BY, for clients that read several at once: 1 to 1024.",
		apply: applyEndpoints},
	{Name: "extra_float_digits", Default: "1",
		Doc: "Numbers of floating point are written with as few digits as tell them apart: 1, 2 and 3 all mean that.", apply: oneOf("1", "2", "3")},
	{Name: "intervalstyle", Default: "postgres", Doc: "How intervals are written as text. Only postgres.", apply: oneOf("postgres")},
	{Name: "memory_limit", Default: "0", Doc: "The memory that one query may hold, such as 512MB; 0 leaves it at the server's limit, which it cannot exceed.",
		apply: func(v *Values, text string) (string, error) {
			n, err := ParseBytes(text)
			v.MemoryLimit = n
			return text, err
		}},
	{Name: "schema", Aliases: []string{"search_path"}, Default: catalog.DefaultSchema,
		Doc:   "Where unqualified names are looked up first and created.",
		apply: applySchema},
	{Name: "server_encoding", Default: "UTF8", Doc: "The encoding of stored text."},
	{Name: "standard_conforming_strings", Default: "on", Doc: "Backslashes in strings are ordinary characters. Only on.",
		apply: oneOf("on", "true", "1", "yes")},
	{Name: "statement_timeout", Default: "0", Doc: "How long a statement may run, in milliseconds or with a unit (500ms, 30s, 5min); 0 is without end.",
		apply: func(v *Values, text string) (string, error) {
			d, err := parseDuration(text)
			v.StatementTimeout = d
			return text, err
		}},
	{Name: "target_recall", Default: "0.95",
		Doc:   "The share of the true nearest rows that a search by a vector index is to find, over many searches: above 0, at most 1.",
		apply: applyRecall},
	{Name: "timezone", Default: "UTC", Doc: "The zone in which timestamps with time zone are read from text and written as text, such as Europe/Berlin.",
		apply: applyTimezone},
	{Name: "transaction_isolation", Default: "read committed", Doc: "Every statement sees what was committed before it began."},
	{Name: "vector_search", Default: "auto",
		Doc: "How nearest rows are found: auto uses vector indexes, with the recall of target_recall; exact compares all rows.",
		apply: func(v *Values, text string) (string, error) {
			mode, err := oneOf("auto", "exact")(v, text)
			v.ExactSearch = mode == "exact"
			return mode, err
		}},
}

// find looks a setting up by its name or alias, in any case.
func find(name string) (*Setting, error) {
	name = strings.ToLower(clip(name, 64))
	for i := range Settings {
		s := &Settings[i]
		if s.Name == name || slices.Contains(s.Aliases, name) {
			return s, nil
		}
	}
	return nil, &Error{State: "42704", Msg: fmt.Sprintf("unrecognized configuration parameter %q", name), Hint: suggest(name)}
}

// oneOf accepts the given values in any case; the canonical text is the first that matches.
func oneOf(values ...string) func(*Values, string) (string, error) {
	return func(_ *Values, text string) (string, error) {
		for _, v := range values {
			if strings.EqualFold(v, strings.TrimSpace(text)) {
				return v, nil
			}
		}
		return "", &Error{State: "22023", Msg: fmt.Sprintf("not supported: %q", text), Hint: "it can be " + strings.Join(values, ", ")}
	}
}

// applySchema takes a schema's name or a search path. A path may go on with what is searched anyway.
func applySchema(v *Values, text string) (string, error) {
	var names []string
	for _, name := range splitPath(text) {
		switch name {
		case "$user", "pg_catalog", "": // exist nowhere here, and every client of PostgreSQL names them
		case catalog.DefaultSchema, "mediaflight":
			if len(names) == 0 {
				names = append(names, name)
			}
		default:
			names = append(names, name)
		}
	}
	if len(names) > 1 {
		return "", &Error{State: "0A000", Msg: fmt.Sprintf("search path of several schemas: %q", text),
			Hint: "set one schema; main and mediaflight are searched after it"}
	}
	v.Schema = catalog.DefaultSchema
	if len(names) == 1 {
		v.Schema = names[0]
	}
	return v.Schema, nil
}

// splitPath splits a search path at its commas and takes quotes away.
func splitPath(text string) []string {
	var names []string
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		if len(part) >= 2 && (part[0] == '"' || part[0] == '\'') && part[len(part)-1] == part[0] {
			q := part[:1]
			part = strings.ReplaceAll(part[1:len(part)-1], q+q, q)
		}
		names = append(names, part)
	}
	return names
}

func applyRecall(v *Values, text string) (string, error) {
	recall, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || !(recall > 0 && recall <= 1) {
		return "", &Error{State: "22023", Msg: fmt.Sprintf("not a recall: %q", text), Hint: "it is above 0 and at most 1, such as 0.98; SET vector_search = exact searches without an index"}
	}
	v.TargetRecall = recall
	return strconv.FormatFloat(recall, 'g', -1, 64), nil
}

func applyEndpoints(v *Values, text string) (string, error) {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || n < 1 || n > 1024 {
		return "", &Error{State: "22023", Msg: fmt.Sprintf("not a number of endpoints: %q", text), Hint: "it is 1 to 1024"}
	}
	v.Endpoints = n
	return strconv.Itoa(n), nil
}

func applyTimezone(v *Values, text string) (string, error) {
	name := strings.TrimSpace(text)
	switch strings.ToUpper(name) {
	case "UTC", "GMT", "Z", "ZULU":
		name = "UTC"
	}
	loc, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		return "", &Error{State: "22023", Msg: fmt.Sprintf("time zone not recognized: %q", text),
			Hint: "use a name of the IANA database, such as UTC or Europe/Berlin"}
	}
	v.Location = loc
	return name, nil
}

// units of memory are PostgreSQL's: powers of 1024.
var byteUnits = []struct {
	name string
	size int64
}{{"TB", 1 << 40}, {"GB", 1 << 30}, {"MB", 1 << 20}, {"KB", 1 << 10}, {"B", 1}}

// ParseBytes reads an amount of memory such as 512MB.
func ParseBytes(text string) (int64, error) {
	number, size := strings.ToUpper(strings.TrimSpace(text)), int64(1)
	for _, u := range byteUnits {
		if rest, ok := strings.CutSuffix(number, u.name); ok {
			number, size = strings.TrimSpace(rest), u.size
			break
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 0 || n > (1<<62)/size {
		return 0, &Error{State: "22023", Msg: fmt.Sprintf("not an amount of memory: %q", text), Hint: "write a number with a unit: 512MB, 4GB"}
	}
	return n * size, nil
}

var timeUnits = []struct {
	name string
	size time.Duration
}{{"min", time.Minute}, {"ms", time.Millisecond}, {"us", time.Microsecond}, {"s", time.Second}, {"h", time.Hour}, {"d", 24 * time.Hour}}

func parseDuration(text string) (time.Duration, error) {
	number, size := strings.ToLower(strings.TrimSpace(text)), time.Millisecond
	for _, u := range timeUnits {
		if rest, ok := strings.CutSuffix(number, u.name); ok {
			number, size = strings.TrimSpace(rest), u.size
			break
		}
	}
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || n < 0 || n > float64(time.Duration(1<<62)/size) {
		return 0, &Error{State: "22023", Msg: fmt.Sprintf("not a duration: %q", text), Hint: "write milliseconds, or a number with a unit: 500ms, 30s, 5min"}
	}
	return time.Duration(n * float64(size)), nil
}
