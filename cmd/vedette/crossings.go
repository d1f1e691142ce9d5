package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"vedette/export"
)

// printCrossings says where the line is weak: a line for each kind of intruder
// and condition, then the worst of them with its three weakest kilometres, and
// what the figures rest on.
func printCrossings(w io.Writer, c *export.CrossingFigures) {
	fmt.Fprintln(w, "\nP(I), the chance that an intruder is interrupted on the weakest crossing of a kilometre:")
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for i := range c.Modes {
		fmt.Fprintf(table, "  %s\tmean %5.1f %%\t%s\n", c.Modes[i].ModeName, 100*c.Modes[i].MeanPI, weakestOf(&c.Modes[i]))
	}
	table.Flush()
	printWorstMode(w, c.WorstMode())
	fmt.Fprintln(w)
	wrap(w, "", c.Assumption+" "+responseError(c))
}

// weakestOf names the weakest kilometre of a mode.
func weakestOf(m *export.ModeFigures) string {
	for _, k := range m.Weakest(1) {
		return fmt.Sprintf("weakest: km %s, %s (P10 to P90 %s)", stretch(&k), percent(k.PI), spread(&k))
	}
	return "no kilometre can be passed"
}

// printWorstMode is the answer for the worst mode.
func printWorstMode(w io.Writer, m *export.ModeFigures) {
	const hopeless = .01
	weak := 0
	for _, k := range m.Kilometres {
		if k.PI < hopeless {
			weak++
		}
	}
	weakest := m.Weakest(3)
	fmt.Fprintln(w)
	wrap(w, "", fmt.Sprintf("The line is weakest against %s: mean porosity %s, and %d of %d kilometres with a P(I) under %s. "+
		"The weakest, of equals some that lie apart:", m.ModeName, percent(m.MeanPorosity), weak, len(m.Kilometres), percent(hopeless)))
	for i := range weakest {
		k := &weakest[i]
		fmt.Fprintf(w, "  km %s: P(I) %s (P10 to P90 %s), %s\n", stretch(k), percent(k.PI), spread(k), runnerUp(k))
		wrap(w, "    ", passage(k)+"; "+mattersMost(k)+".")
	}
}

func runnerUp(k *export.KilometreFigures) string {
	if k.RunnerUp == nil {
		return "no other crossing found"
	}
	return "runner-up " + percent(*k.RunnerUp)
}

// passage tells where he passes, whether anybody sees him, and who answers.
func passage(k *export.KilometreFigures) string {
	s := fmt.Sprintf("passes at km %.2f; nobody sees him: %s", k.Way.CrossingKM, percent(k.Way.PUnseen))
	if r := k.Way.Responder; r != nil {
		return s + fmt.Sprintf("; %s can be there %.0f min after the alarm", r.Name, r.ArrivalS/60)
	}
	return s + "; nobody can be there in time"
}

func mattersMost(k *export.KilometreFigures) string {
	if len(k.Assets) == 0 {
		return "no single asset matters"
	}
	a := k.Assets[0]
	return fmt.Sprintf("without the %s %s: %s (%s)", a.Kind, a.Name, percent(a.Without), a.Method)
}

// responseError says how sure the response times are.
func responseError(c *export.CrossingFigures) string {
	if c.Estimated {
		return fmt.Sprintf("The error of the response times, %.0f s, is a prior: give response_sd_s in the area file.", c.ResponseErrorS)
	}
	return fmt.Sprintf("The error of the response times is the area's: %.0f s.", c.ResponseErrorS)
}

func stretch(k *export.KilometreFigures) string { return fmt.Sprintf("%g to %g", k.FromKM, k.ToKM) }

func spread(k *export.KilometreFigures) string {
	return fmt.Sprintf("%.1f to %.1f %%", 100*k.P10, 100*k.P90)
}

func percent(share float64) string { return fmt.Sprintf("%.1f %%", 100*share) }

// wrap writes text in lines of 100 columns.
func wrap(w io.Writer, indent, text string) {
	const columns = 100
	line := ""
	for word := range strings.FieldsSeq(text) {
		switch {
		case line == "":
			line = indent + word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > columns:
			fmt.Fprintln(w, line)
			line = indent + word
		default:
			line += " " + word
		}
	}
	fmt.Fprintln(w, line)
}
