import pytest
pytestmark = pytest.mark.browser
def test_home(chromium, furnish):
    place = furnish("northfield")
    page = chromium.new_context(viewport={"width":390,"height":844}).new_page()
    page.context.add_cookies([place.session("james")])
    logs=[]
    page.on("console", lambda m: logs.append(m.text))
    r=page.goto(place.origin+"/")
    page.screenshot(path=".local/home.png", full_page=True)
    print(r.status, logs, page.content()[:3000] if r.status!=200 else "")
    assert r.status==200
