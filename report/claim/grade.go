package claim

import (
	"strings"

	"vedette/report/intake"
)

// Grade is the Admiralty code: how reliable the source is, A to F, and how
// credible what it says, 1 to 6. Rules give no A, B or 1: those a person
// gives.
type Grade struct {
	Source      string `json:"source"`
	Credibility int    `json:"credibility"`
	Why         string `json:"why"`
}

// gradeOf is the grade by rules: a source that is named C, one that is not
// known F; what is asserted 3 (possibly true), what is planned, feared or
// mere statement 6 (cannot be judged).
func gradeOf(c *Claim) Grade {
	g := Grade{Source: "F", Credibility: 3, Why: "nobody is named"}
	switch v := c.Voice; {
	case v.How == "form":
		g.Source, g.Why = "C", "a form by a reporter"
	case v.How == "narrator" && v.Name != "":
		g.Source, g.Why = "C", "told by "+v.Name
	case v.How == "narrator":
		g.Source, g.Why = "E", "told by the text, whose publisher is not known"
	case v.Name != "" && firstUpper(v.Name):
		g.Source, g.Why = "C", v.label()+" is named"
	case v.Name != "":
		g.Source, g.Why = "D", "a source without a name"
	}
	if c.Status == Planned || c.Kind == Statement || c.Status == Negated {
		g.Credibility = 6
		g.Why += "; what is " + judged(c) + " cannot be judged"
	}
	return g
}

func judged(c *Claim) string {
	if c.Kind == Statement && c.Status == Asserted {
		return "a statement"
	}
	return string(c.Status)
}

// agencies are credit lines whose text many papers print.
var agencies = []string{"AFP", "Reuters", "AP", "Associated Press", "Agence France-Presse", "dpa", "DPA", "Xinhua", "TASS", "Interfax", "ANSA", "EFE", "PTI", "IANS", "UPI", "Anadolu", "SANA", "INA", "WAM", "Kyodo", "Yonhap", "APA"}

// wireOf finds the agency that a text is credited to: in its first or last
// lines in brackets or after a dash, or as the publisher or author, or as
// whose journalist was there.
func wireOf(d *intake.Document, text string) string {
	for _, name := range agencies {
		if d.Author == name || d.Publisher == name {
			return name
		}
		for _, mark := range []string{"(" + name + ")", "- " + name + "\n", "/" + name + "\n", "an " + name + " ", "a " + name + " ", "by " + name + "\n", "© " + name} {
			if strings.Contains(text+"\n", mark) {
				return name
			}
		}
	}
	return ""
}
