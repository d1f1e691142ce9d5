package crossing

import (
	"errors"
	"fmt"
	"math"
)

// Place is where in a task its sensor stands: how much of the task's delay is
// still to come when it detects.
type Place int

// The places of EASI.
const (
	Beginning Place = iota // the whole delay is still to come
	Middle                 // half of it
	End                    // none of it
)

var placeNames = [...]string{"beginning", "middle", "end"}

func (p Place) String() string {
	if p < 0 || int(p) >= len(placeNames) {
		return fmt.Sprintf("place %d", int(p))
	}
	return placeNames[p]
}

// MarshalText writes a place in full.
func (p Place) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// ahead is the share of a task's delay that follows its sensor.
func (p Place) ahead() float64 { return [...]float64{1, .5, 0}[p] }

// Task is one step of an intruder's path.
type Task struct {
	Name    string  `json:"task"`
	Detect  float64 `json:"p_detect"`   // probability in [0, 1]
	Place   Place   `json:"location"`   // of the sensor within the task
	Delay   float64 `json:"delay_s"`    // mean, seconds
	DelaySD float64 `json:"delay_sd_s"` // standard deviation, seconds
}

// Guard is what an alarm sets going.
type Guard struct {
	Communication float64 `json:"p_communication"` // that an alarm reaches the responders, in [0, 1]
	Response      float64 `json:"response_s"`      // mean from alarm to interruption, seconds
	ResponseSD    float64 `json:"response_sd_s"`   // standard deviation, seconds
}

// Interruption is EASI's answer for one path.
type Interruption struct {
	P        float64 `json:"p_interruption"`
	Critical int     `json:"critical_task"`             // last task from whose sensor the mean remaining delay covers the mean response; -1 where none does
	ByMeans  float64 `json:"p_interruption_mean_times"` // were every time its mean
	Tasks    []Stage `json:"tasks"`
}

// Stage is one task's share of the answer.
type Stage struct {
	Task
	Remaining   float64 `json:"remaining_s"` // mean delay from its sensor to the end, seconds
	RemainingSD float64 `json:"remaining_sd_s"`
	InTime      float64 `json:"p_response"`    // P(R|A): a response to an alarm here comes in time
	First       float64 `json:"p_first_alarm"` // the intruder is detected here, and not before
}

// EASI is the probability of interruption along one path, with every task's
// delay and the response normal and independent (Bennett, Sandia 1977; Garcia,
// Design and Evaluation of Physical Protection Systems). P(C) multiplies the
// sum: an alarm that was not passed on is not tried again at the next sensor.
//
// The tasks and the guard are such as CheckTasks and Guard.Check accept. The
// cost grows with the number of tasks.
func EASI(tasks []Task, guard Guard) Interruption {
	result := Interruption{Critical: -1, Tasks: remaining(tasks)}
	unseen := 1.
	for i := range result.Tasks {
		s := &result.Tasks[i]
		s.InTime = guard.inTime(s.Remaining, s.RemainingSD)
		s.First = s.Detect * unseen
		unseen *= 1 - s.Detect
		result.P += guard.Communication * s.First * s.InTime
		if s.Remaining >= guard.Response {
			result.Critical, result.ByMeans = i, guard.Communication*(1-unseen)
		}
	}
	return result
}

// remaining goes backwards over the path and adds up what follows each sensor.
func remaining(tasks []Task) []Stage {
	stages := make([]Stage, len(tasks))
	mean, variance := 0., 0.
	for i := len(tasks) - 1; i >= 0; i-- {
		t := tasks[i]
		w, v := t.Place.ahead(), t.DelaySD*t.DelaySD
		stages[i] = Stage{Task: t, Remaining: mean + w*t.Delay, RemainingSD: math.Sqrt(variance + w*w*v)}
		mean, variance = mean+t.Delay, variance+v
	}
	return stages
}

// inTime is P(R|A). Where nothing varies, a response that takes exactly the
// remaining time is in time.
func (g Guard) inTime(mean, sd float64) float64 {
	spread := math.Hypot(sd, g.ResponseSD)
	switch {
	case spread > 0:
		return normal((mean - g.Response) / spread)
	case mean >= g.Response:
		return 1
	}
	return 0
}

// normal is the standard normal distribution function.
func normal(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }

// longestTime bounds every time of a task or a guard: 30 years, in seconds.
const longestTime = 1e9

// CheckTasks says all that keeps EASI from working with these tasks.
func CheckTasks(tasks []Task) error {
	if len(tasks) == 0 {
		return errors.New("tasks: there is none; give the steps of the path in order")
	}
	var wrong []error
	for i, t := range tasks {
		for _, err := range t.problems() {
			wrong = append(wrong, fmt.Errorf("tasks[%d] %q: %w", i, t.Name, err))
		}
	}
	return errors.Join(wrong...)
}

// Check says all that keeps EASI from working with this guard.
func (g Guard) Check() error {
	return errors.Join(
		checkProbability("p_communication", g.Communication),
		checkSeconds("response_s", g.Response),
		checkSeconds("response_sd_s", g.ResponseSD),
	)
}

func (t Task) problems() []error {
	var wrong []error
	for _, err := range []error{
		checkName(t.Name),
		checkProbability("p_detect", t.Detect),
		checkPlace(t.Place),
		checkSeconds("delay_s", t.Delay),
		checkSeconds("delay_sd_s", t.DelaySD),
	} {
		if err != nil {
			wrong = append(wrong, err)
		}
	}
	return wrong
}

func checkPlace(p Place) error {
	if p < Beginning || p > End {
		return fmt.Errorf("location: %v is unknown; give the beginning, the middle or the end", p)
	}
	return nil
}

func checkProbability(field string, p float64) error {
	if !(p >= 0 && p <= 1) {
		return fmt.Errorf("%s: %v is no probability; give a number from 0 to 1", field, p)
	}
	return nil
}

func checkSeconds(field string, s float64) error {
	switch {
	case s < 0:
		return fmt.Errorf("%s: %v is below zero; give seconds, 0 or more", field, s)
	case !(s <= longestTime):
		return fmt.Errorf("%s: %v is no time; give seconds, at most %.0f", field, s, longestTime)
	}
	return nil
}
