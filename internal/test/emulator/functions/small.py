import jinja2
import markupsafe

import surroundings


def handler(event, context):
    return {
        "answer": jinja2.Template("{{ number }} {{ text | e }}").render(number=event["number"], text="<") + str(markupsafe.escape("&")),
        **surroundings.describe(jinja2, markupsafe),
    }
