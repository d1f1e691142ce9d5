package crossing

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	largestTable = 1 << 20 // bytes
	mostProblems = 50      // named in one error
)

// taskColumns are the columns of a table of tasks.
var taskColumns = []string{"task", "p_detect", "location", "delay_s", "delay_sd_s"}

// ReadTasks reads a path from CSV: a header that names the columns task,
// p_detect, location, delay_s and delay_sd_s in any order, then a line for each
// task in the order of the path. The location is B, M or E, or the word. It
// reads at most 1 MB, and its error names every problem with its line, up to 50
// of them.
func ReadTasks(r io.Reader) ([]Task, error) {
	text, err := io.ReadAll(io.LimitReader(r, largestTable+1))
	if err != nil {
		return nil, fmt.Errorf("read the tasks: %w", err)
	}
	if len(text) > largestTable {
		return nil, errors.New("the table of tasks is larger than 1 MB; give one path")
	}
	t := newTaskTable(text)
	if !t.header() {
		return nil, errors.Join(t.wrong...)
	}
	for t.next() {
		t.add()
	}
	if len(t.tasks) == 0 && len(t.wrong) == 0 {
		return nil, errors.New("the table has no tasks; give a line for each step of the path, in order")
	}
	return t.tasks, errors.Join(t.wrong...)
}

// taskTable is a table of tasks while it is read.
type taskTable struct {
	csv    *csv.Reader
	column map[string]int
	record []string
	line   int
	tasks  []Task
	wrong  []error
}

func newTaskTable(text []byte) *taskTable {
	in := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	in.FieldsPerRecord = -1
	in.TrimLeadingSpace = true
	return &taskTable{csv: in, column: map[string]int{}}
}

// problem notes what is wrong on the line that was read last.
func (t *taskTable) problem(format string, args ...any) {
	t.wrong = append(t.wrong, fmt.Errorf("line %d: %w", t.line, fmt.Errorf(format, args...)))
}

// next reads a line; it is false at the end, behind a line that is no CSV, and
// when enough is wrong already.
func (t *taskTable) next() bool {
	if len(t.wrong) >= mostProblems {
		return false
	}
	var err error
	if t.record, err = t.csv.Read(); err == io.EOF {
		return false
	}
	var bad *csv.ParseError
	if errors.As(err, &bad) {
		t.line = bad.Line
		t.problem("%w; write quotes in pairs around a whole field", bad.Err)
		return false
	}
	t.line, _ = t.csv.FieldPos(0)
	return true
}

// header reads the names of the columns. All of them must be there, once, and
// no others.
func (t *taskTable) header() bool {
	t.line = 1
	if !t.next() {
		if len(t.wrong) == 0 {
			t.problem("the table is empty; begin with %s", strings.Join(taskColumns, ","))
		}
		return false
	}
	for i, name := range t.record {
		t.addColumn(i, strings.ToLower(strings.TrimSpace(name)))
	}
	for _, name := range taskColumns {
		if _, ok := t.column[name]; !ok {
			t.problem("the column %s is missing; begin with %s", name, strings.Join(taskColumns, ","))
		}
	}
	return len(t.wrong) == 0
}

func (t *taskTable) addColumn(i int, name string) {
	switch _, twice := t.column[name]; {
	case len(t.wrong) >= mostProblems: // said enough
	case !slices.Contains(taskColumns, name):
		t.problem("the column %.40q is unknown; the columns are %s", name, strings.Join(taskColumns, ","))
	case twice:
		t.problem("the column %s is there twice; keep one", name)
	default:
		t.column[name] = i
	}
}

// add turns the line into a task.
func (t *taskTable) add() {
	if len(t.record) != len(taskColumns) {
		t.problem("it has %d fields; give %d, separated by commas", len(t.record), len(taskColumns))
		return
	}
	before := len(t.wrong)
	task := Task{Name: t.field("task"), Place: t.place()}
	task.Detect, task.Delay, task.DelaySD = t.number("p_detect"), t.number("delay_s"), t.number("delay_sd_s")
	if len(t.wrong) == before {
		for _, err := range task.problems() {
			t.problem("%w", err)
		}
	}
	t.tasks = append(t.tasks, task)
}

func (t *taskTable) field(name string) string { return strings.TrimSpace(t.record[t.column[name]]) }

func (t *taskTable) number(name string) float64 {
	v, err := strconv.ParseFloat(t.field(name), 64)
	if err != nil {
		t.problem("%s: %.40q is no number; write it like 0.9 or 120", name, t.field(name))
	}
	return v
}

func (t *taskTable) place() Place {
	switch text := strings.ToLower(t.field("location")); text {
	case "b", "beginning":
		return Beginning
	case "m", "middle":
		return Middle
	case "e", "end":
		return End
	default:
		t.problem("location: %.40q is unknown; give B, M or E: where in the task its sensor stands", text)
		return Beginning
	}
}

// checkName wants a name that fits on a line of a table.
func checkName(name string) error {
	control := func(r rune) bool { return !unicode.IsPrint(r) }
	switch {
	case strings.TrimSpace(name) == "":
		return errors.New("task: it has no name; say in a word what is done")
	case !utf8.ValidString(name) || strings.ContainsFunc(name, control):
		return fmt.Errorf("task: %.40q holds more than printable letters; write the name on one line", name)
	}
	return nil
}
