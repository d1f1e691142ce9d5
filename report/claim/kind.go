package claim

import (
	"regexp"

	"vedette/report/intake"
)

// kindRule finds what may be a claim of a kind.
type kindRule struct {
	id      string
	kind    Kind
	pattern *regexp.Regexp
}

func rule(id string, kind Kind, pattern string) kindRule {
	return kindRule{id, kind, regexp.MustCompile(`(?i)` + pattern)}
}

// kindRules are tried in their order. Of two that find the same words the
// first counts.
var kindRules = []kindRule{
	rule("kind/barrier-damage", BarrierDamage, `\b(breach|cut|damag|destroy|demolish|tore|blew|bulldoz)\w*\b[^.]{0,40}\b(fences?|wire|berms?|walls?|trench(es)?|barriers?)\b|\b(fences?|wire|berms?|walls?|barriers?)\b[^.]{0,20}\b(was|were|been|being) (partly |again |also )?(cut|breached|damaged|destroyed|torn|blown|pulled down|tunnelled)\b|\btunnels?\b`),
	rule("kind/attempt", CrossingAttempt, `\b(tried|tries|trying|attempt\w*|sought|seeking) to (cross|infiltrate|sneak|slip|enter|get across)\w*|\b(infiltration|crossing) attempts?\b|\b(foil|thwart|prevent|repel|stopp)\w*\b[^.]{0,30}\b(crossing|infiltrat\w+)|(محاوله|محاولة) (تسلل|عبور)`),
	rule("kind/crossing", Crossing, `\b(crossed|crosses|crossing (into|over)|infiltrat\w+|slipped (across|into|over|through)|smuggl\w+|strayed (across|into|over))\b|تسلل|عبروا|عبور`),
	rule("kind/control", ControlChange, `\b(recaptur|captur|seiz|overr[au]n|overrun|retook|retak|wrest|regain|reclaim|liberat)\w*\b|\b(took|take|taken|taking|lost|gained|assumed) (back )?control\b|\b(took|taken|taking) back\b|\bfell to\b|سيطر|السيطرة|استعاد`),
	rule("kind/air", AirActivity, `\b(helicopters?|air ?strikes?|warplanes?|drones?|quadcopters?|(fighter )?jets?|aircraft|unmanned aerial|uavs?)\b|طائر(ة|ات)|مروحي(ة|ات)|غارات?`),
	rule("kind/fire", Fire, `\b(shell(s|ed|ing|fire)|mortars?|rockets?|artillery|gunfire|opened fire|snip(er|ers|ing)|missiles?|shots? (were |was )?fired|gunshots?)\b|قصف|قذائف|صواريخ|اطلاق نار|إطلاق نار`),
	rule("kind/clash", Clash, `\b(clash(es|ed|ing)?|fought|fighting|battl(e|es|ed|ing)|skirmish\w*|firefights?|exchanges? of fire|assaults?|offensives?|ambush\w*|attack(s|ed|ing)?)\b|اشتباكات?|معارك|هجوم`),
	rule("kind/patrol", Patrol, `\bpatrol(s|led|ling|lers?)?\b|دوري(ة|ات)`),
	rule("kind/move", ForceMove, `\b(reinforc(e|es|ed|ing|ement|ements)|deploy(s|ed|ing|ment|ments)?|redeploy\w*|dispatch(es|ed|ing)?|arriv(e|es|ed|ing)|advanc(e|es|ed|ing)|withdr(aw|ew|awn|awal|awing)|retreat(s|ed|ing)?|convoys?|mass(ed|ing)|mobili[sz]\w+|(sent|sends?|sending) (more |extra |additional |new )?(troops|soldiers|forces|tanks|units|guards|police|armou?r)|pull(ed|ing) back)\b|تعزيزات|انتشار|وصول|انسحاب`),
	rule("kind/presence", ForcePresence, `\b(stationed|posted|positioned|encamped|entrenched|holed up|camped|dug in|garrison\w*|took up positions|gathered|hideouts?|sleeper cells?)\b|يتمركز|متمركز`),
	rule("kind/post", ObservationPost, `\b(control|watch|guard|observation) ?-?(towers?|posts?)\b|\bwatchtowers?\b|\blook-?outs?\b|\bcheckpoints?\b|(ابراج|أبراج|برج|نقاط|نقطة) (ال)?مراقبة`),
	rule("kind/obstacle", Obstacle, `\b(berms?|trench(es)?|(barbed|razor|concertina) ?wire|fenc(e|es|ing)|minefields?|ditch(es)?|earthworks?|concrete (walls?|blocks))\b|ساتر|سواتر|خندق|خنادق|اسلاك|أسلاك`),
	rule("kind/distress", Distress, `\b(stranded|rescu(e|ed|ing)|drown(ed|ing)?|capsiz\w+|dehydrat\w+|in distress|mayday|adrift|refugees?|displaced (people|families|persons|civilians)|asylum seekers|wounded civilians)\b|نازحين|نازحون|لاجئين|غرق`),
	rule("kind/threat", Statement, `\b(threat(s|en\w*)?|danger|spill-?over|all measures|under control|calm|quiet|no incidents?|fears?|feared|fearing|concerns?|concerned)\b|تهديد`),
}

// found is one place where a rule found a kind.
type found struct {
	kind Kind
	rule string
	span intake.Span // of the text
}

// kindsIn gives the kinds of a sentence: each once, at the first words that
// show it. Words that one rule took no later rule takes.
func kindsIn(text string, sentence intake.Span) []found {
	var all []found
	part := text[sentence.Start:sentence.End]
	have := map[Kind]bool{}
	for _, r := range kindRules {
		for _, m := range r.pattern.FindAllStringIndex(part, -1) {
			s := intake.Span{Start: sentence.Start + m[0], End: sentence.Start + m[1]}
			if have[r.kind] || taken(all, s) || figurative(part, m[1]) {
				continue
			}
			have[r.kind] = true
			all = append(all, found{r.kind, r.id, s})
		}
	}
	return all
}

func taken(all []found, s intake.Span) bool {
	for _, f := range all {
		if f.span.Start < s.End && s.Start < f.span.End {
			return true
		}
	}
	return false
}

// figures are what follows words of fighting that mean no fighting.
var figures = regexp.MustCompile(`(?i)^ (with|against) (cancer|illness|addiction|poverty|disease|depression|corruption|covid|coronavirus|the virus|the flu)\b|^ (heart|panic)\b`)

func figurative(part string, at int) bool { return figures.MatchString(part[at:]) }

// Codes are the kind in the words of others' lists.
type Codes struct {
	Plover string `json:"plover,omitempty"` // PLOVER event type
	ACLED  string `json:"acled,omitempty"`  // ACLED sub-event, for exports only
}

// codes map our kinds to PLOVER (Open Event Data Alliance) and to ACLED's
// names. PLOVER has no type for a post, an obstacle or somebody in distress.
var codes = map[Kind]Codes{
	Patrol:          {Plover: "MOBILIZE", ACLED: "Other"},
	ForceMove:       {Plover: "MOBILIZE", ACLED: "Other"},
	ForcePresence:   {Plover: "MOBILIZE", ACLED: "Other"},
	CrossingAttempt: {Plover: "ASSAULT", ACLED: "Disrupted weapons use"},
	Crossing:        {Plover: "ASSAULT", ACLED: "Other"},
	Clash:           {Plover: "ASSAULT", ACLED: "Armed clash"},
	Fire:            {Plover: "ASSAULT", ACLED: "Shelling/artillery/missile attack"},
	AirActivity:     {Plover: "MOBILIZE", ACLED: "Air/drone strike"},
	ControlChange:   {Plover: "ASSAULT", ACLED: "Non-state actor overtakes territory"},
	BarrierDamage:   {Plover: "SANCTION", ACLED: "Looting/property destruction"},
	ObservationPost: {ACLED: "Headquarters or base established"},
	Statement:       {Plover: "CONSULT"},
}
