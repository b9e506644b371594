# From a bare Debian 12 to the quickstart's report:
#   docker build -t carryover . && docker run --rm -v "$PWD/runs:/runs" carryover
FROM debian:12
COPY . /carryover
RUN /carryover/scripts/setup --yes
ENV PATH="/carryover/build/release:$PATH"
WORKDIR /runs
CMD ["carryover", "run", "quickstart", "--out", "/runs/quickstart"]
