package action

// differences are the templates of the corpus that are rendered otherwise than by the reference, each with its reason.
var differences = map[string]string{
	"{{ event }}":         labelOrder,
	"{{ event.related }}": labelOrder,
	"{% for k, v in labels %}{{ k }}={{ v }};{% endfor %}{{ labels | length }}": labelOrder,
	"{{ flow_run.state | tojson }}":                                             "the state is made of the event, and its id is new each time on both servers",
	"{{ flow_run.model_fields_set.clear() }}":                                   "what pydantic knows of a model besides its fields is not offered; both refuse the template",
	"{{ 'en_XX' | humanize_activate }}":                                         "it would change the language of all later templates of the process; the filters write English",
	"{% for x in flow_run %}{{ x }} {% endfor %}":                               "a run has fields of the API that the reference's class names in another order",
	"{{ lipsum() }}":                       "random text is of no use in a message",
	"{{ event.occurred.diff_for_humans }}": "a method printed without being called",
	"{{ self }}":                           "the template itself, printed",
	"{{ (event.occurred | string)[:19] | replace('T', ' ') }}|{{ event.occurred.format('YYYY-MM-DD') }}": "pendulum's own format language, which the reference has no more from Python 3.13 on; strftime is there",
}

const labelOrder = "labels are kept sorted and not in the order in which they came"
