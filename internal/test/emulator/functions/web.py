import asyncio

import fastapi
import httpx
import sqlalchemy

import surroundings

app = fastapi.FastAPI()
engine = sqlalchemy.create_engine("sqlite://", poolclass=sqlalchemy.StaticPool)


@app.get("/double/{number}")
def double(number: int):
    with engine.connect() as connection:
        return {"double": connection.execute(sqlalchemy.text("select :number * 2"), {"number": number}).scalar_one()}


async def get(path):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://function") as client:
        response = await client.get(path)
        return [response.status_code, response.json().get("double")]


def handler(event, context):
    number = event["number"]
    return {
        "answer": [asyncio.run(get(f"/double/{number}")), asyncio.run(get("/double/none"))],
        **surroundings.describe(fastapi, httpx, sqlalchemy),
    }
