package crossing

import (
	"bytes"
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// sample is the published sample table of EASI.
func sample() []Task {
	return []Task{
		{"cut fence", 0, Beginning, 10, 3},
		{"run", 0, Beginning, 12, 3.6},
		{"door", .9, Beginning, 90, 27},
		{"run", 0, Beginning, 10, 3},
		{"door", .9, Beginning, 90, 27},
		{"sabotage", 0, Beginning, 120, 36},
	}
}

var sampleGuard = Guard{Communication: .95, Response: 300, ResponseSD: 90}

func TestEASIGivesThePublishedTable(t *testing.T) {
	fence := func(at Place) []Task {
		tasks := sample()
		tasks[0].Detect, tasks[0].Place = .9, at
		return tasks
	}
	allAtEnd := sample()
	for i := range allAtEnd {
		allAtEnd[i].Place = End
	}
	for _, c := range []struct {
		name  string
		tasks []Task
		guard Guard
		want  float64
	}{
		{"the sample table", sample(), sampleGuard, .476041},
		{"a sensor where the fence is cut", fence(Beginning), sampleGuard, .578106},
		{"a sensor that notices the cut fence only after", fence(End), sampleGuard, .546530},
		{"all sensors at the end of their task", allAtEnd, sampleGuard, .185160},
		{"a faster response", sample(), Guard{.95, 200, 60}, .830508},
		{"a response at once", sample(), Guard{.95, 0, 0}, .940500},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := EASI(c.tasks, c.guard).P; math.Abs(got-c.want) > 5e-7 { // six digits are given
				t.Errorf("P(I) %.6f, want %.6f", got, c.want)
			}
		})
	}
}

// An alarm that was not passed on stays lost. Who tries the radio anew at every
// sensor, with 1 - P(C) P(D) in the product, finds a little more.
func TestADeadRadioIsNotTriedAgain(t *testing.T) {
	wrong, unseen := 0., 1.
	for _, s := range EASI(sample(), sampleGuard).Tasks {
		wrong += sampleGuard.Communication * s.Detect * unseen * s.InTime
		unseen *= 1 - sampleGuard.Communication*s.Detect
	}
	if math.Abs(wrong-.483180) > 5e-7 { // six digits are given
		t.Errorf("tried again at every sensor: %.6f, want .483180", wrong)
	}
	once := sampleGuard
	once.Communication = .5
	if half, whole := EASI(sample(), once).P/.5, EASI(sample(), sampleGuard).P/.95; math.Abs(half-whole) > 1e-12 { // rounding
		t.Errorf("P(I)/P(C) is %.6f with half of the alarms passed on and %.6f with nearly all", half, whole)
	}
}

// Where the response is late in the mean, tasks whose times vary more help the
// defender, and where it is early they harm him: so no path can be left out for
// its mean alone, and the search counts one error in common instead.
func TestVarianceHelpsWhoIsLate(t *testing.T) {
	p := func(delay, sd float64) float64 {
		return EASI([]Task{{"climb", 1, Beginning, delay, sd}}, Guard{1, 300, 60}).P
	}
	if p(200, 90) <= p(200, 10) || p(400, 90) >= p(400, 10) {
		t.Errorf("late: %.3f with little variance and %.3f with much; early: %.3f and %.3f", p(200, 10), p(200, 90), p(400, 10), p(400, 90))
	}
}

func TestTheCriticalDetectionPoint(t *testing.T) {
	tasks := []Task{{"a", .10, Beginning, 6, 0}, {"b", .30, Beginning, 40, 0}, {"c", .50, Beginning, 20, 0},
		{"d", .80, Beginning, 60, 0}, {"e", .95, Beginning, 30, 0}}
	for _, c := range []struct {
		response float64
		task     int
		want     float64
	}{{60, 3, .937}, {90, 3, .937}, {100, 2, .685}, {111, 1, .370}, {151, 0, .100}, {157, -1, 0}} {
		got := EASI(tasks, Guard{1, c.response, 0})
		// Without spread both models are the same sum, up to rounding.
		if got.Critical != c.task || math.Abs(got.ByMeans-c.want) > 1e-12 || math.Abs(got.P-c.want) > 1e-12 {
			t.Errorf("response %v s: task %d, %.6f and %.6f; want task %d, %.3f",
				c.response, got.Critical, got.ByMeans, got.P, c.task, c.want)
		}
	}
}

func TestStagesOfTheSample(t *testing.T) {
	got := EASI(sample(), sampleGuard)
	door := got.Tasks[4]
	if door.Remaining != 210 || math.Abs(door.RemainingSD-45) > 1e-12 || math.Abs(door.First-.09) > 1e-12 {
		t.Errorf("the second door: %+v", door)
	}
	if got.Critical != 2 || math.Abs(got.ByMeans-.855) > 1e-12 {
		t.Errorf("critical task %d with %.6f, want 2 with .855", got.Critical, got.ByMeans)
	}
}

func TestASlowerResponseNeverInterruptsMore(t *testing.T) {
	probability, seconds := rapid.Float64Range(0, 1), rapid.Float64Range(0, 600)
	task := rapid.Custom(func(t *rapid.T) Task {
		return Task{"step", probability.Draw(t, "p"), Place(rapid.IntRange(0, 2).Draw(t, "place")),
			seconds.Draw(t, "delay"), seconds.Draw(t, "sd")}
	})
	rapid.Check(t, func(t *rapid.T) {
		tasks := rapid.SliceOfN(task, 1, 8).Draw(t, "tasks")
		guard := Guard{probability.Draw(t, "communication"), seconds.Draw(t, "response"), 60}
		base := EASI(tasks, guard).P
		if base < 0 || base > 1 {
			t.Fatalf("P(I) %v", base)
		}
		guard.Response += 10
		if slower := EASI(tasks, guard).P; slower > base+1e-12 { // rounding
			t.Fatalf("a slower response raised P(I) from %v to %v", base, slower)
		}
	})
}

func TestChecksNameTaskFieldAndMend(t *testing.T) {
	err := CheckTasks([]Task{{"door", 1.2, Place(7), -3, math.NaN()}})
	for _, want := range []string{`tasks[0] "door": p_detect: 1.2 is no probability`, "location: place 7",
		"delay_s: -3 is below zero", "delay_sd_s: NaN is no time"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %q", err, want)
		}
	}
	if err := CheckTasks(nil); err == nil {
		t.Error("no tasks are accepted")
	}
	if err := (Guard{2, -1, math.Inf(1)}).Check(); err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("a wrong guard: %v", err)
	}
	if err := sampleGuard.Check(); err != nil {
		t.Error(err)
	}
}

func TestReadTasksReadsColumnsByName(t *testing.T) {
	text := "\ufeffLocation, delay_sd_s,delay_s,P_detect,task\nend,27,90,.9,\"door, inner\"\n\nm,3,10,0,run\n"
	got, err := ReadTasks(strings.NewReader(text))
	want := []Task{{"door, inner", .9, End, 90, 27}, {"run", 0, Middle, 10, 3}}
	if err != nil || len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("%v, %v; want %v", got, err, want)
	}
}

func TestTheExampleIsTheSampleTable(t *testing.T) {
	f, err := os.Open("../examples/easi/sample.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	tasks, err := ReadTasks(f)
	if err != nil {
		t.Fatal(err)
	}
	if got := EASI(tasks, sampleGuard).P; math.Abs(got-.476041) > 5e-7 { // six digits
		t.Errorf("P(I) %.6f, want .476041", got)
	}
}

func TestReadTasksRefuses(t *testing.T) {
	const header = "task,p_detect,location,delay_s,delay_sd_s\n"
	for _, c := range []struct{ name, text, want string }{
		{"an empty table", "", "line 1: the table is empty"},
		{"a header alone", header, "no tasks"},
		{"no header", "door,.9,B,90,27\n", "the column task is missing"},
		{"a column twice", "task,p_detect,location,delay_s,delay_s,delay_sd_s\n", "delay_s is there twice"},
		{"a strange column", "colour," + header, `"colour" is unknown`},
		{"semicolons", strings.ReplaceAll(header, ",", ";"), "is unknown; the columns are task,p_detect"},
		{"a short line", header + "door,.9,B\n", "line 2: it has 3 fields; give 5"},
		{"a probability above one", header + "door,1.9,B,90,27\n", "line 2: p_detect: 1.9 is no probability"},
		{"a negative delay", header + "\ndoor,.9,B,-90,27\n", "line 3: delay_s: -90 is below zero"},
		{"infinity", header + "door,.9,B,Inf,27\n", "delay_s: +Inf is no time"},
		{"no number", header + "door,.9,B,ninety,27\n", `delay_s: "ninety" is no number`},
		{"an unknown place", header + "door,.9,X,90,27\n", `location: "x" is unknown`},
		{"a nameless task", header + ",.9,B,90,27\n", "task: it has no name"},
		{"a name on two lines", header + "\"a\nb\",.9,B,90,27\n", "on one line"},
		{"an open quote", header + "\"door,.9,B,90,27\n", "quotes in pairs"},
		{"more than a megabyte", header + strings.Repeat("door,.9,B,90,27\n", 70_000), "larger than 1 MB"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := ReadTasks(strings.NewReader(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v; want %q", err, c.want)
			}
		})
	}
}

func TestReadTasksSaysAllAtOnce(t *testing.T) {
	text := "task,p_detect,location,delay_s,delay_sd_s\ndoor,2,B,90,27\nrun,0,B,10,3\nend,x,Q,1,-1\nlast,0,B,1\n"
	_, err := ReadTasks(strings.NewReader(text))
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{"line 2: p_detect", "line 4: p_detect", "line 4: location", "line 5: it has 4 fields"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nwant %q", err, want)
		}
	}
}

// writeTasks writes what ReadTasks reads.
func writeTasks(tasks []Task) *bytes.Buffer {
	var text bytes.Buffer
	out := csv.NewWriter(&text)
	out.Write(taskColumns)
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	for _, t := range tasks {
		out.Write([]string{t.Name, number(t.Detect), t.Place.String(), number(t.Delay), number(t.DelaySD)})
	}
	out.Flush()
	return &text
}

func FuzzReadTasks(f *testing.F) {
	f.Add(writeTasks(sample()).Bytes())
	f.Add([]byte("location,delay_sd_s,delay_s,p_detect,task\r\nE,1e-9,1,.5,\"a, \"\"b\"\"\"\r\n"))
	f.Add([]byte("task,p_detect\n\"open"))
	f.Fuzz(func(t *testing.T, text []byte) {
		tasks, err := ReadTasks(bytes.NewReader(text))
		if err != nil {
			return
		}
		if p := EASI(tasks, sampleGuard).P; !(p >= 0 && p <= 1) {
			t.Fatalf("P(I) %v", p)
		}
		again, err := ReadTasks(writeTasks(tasks))
		if err != nil || len(again) != len(tasks) {
			t.Fatalf("%v: %d tasks, then %d", err, len(tasks), len(again))
		}
		for i := range tasks {
			if again[i] != tasks[i] {
				t.Fatalf("task %d: %+v, then %+v", i, tasks[i], again[i])
			}
		}
	})
}
