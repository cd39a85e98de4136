// `bru.visualize` and the like: there is no pane to draw in, so arguments are only checked and reported.

const note = "bru.visualize: visualizations are not shown when a collection is run without the app";
const isMissing = (value) => value === null || value === undefined;

const checks = {
  table(data) {
    if (data?.provider !== "ag-grid") return null;
    const { columnDefinitions, rowData } = data.props ?? {};
    if (isMissing(rowData))
      return "Row data is required. Please provide an array of objects for table rendering.";
    if (!Array.isArray(rowData))
      return `Invalid row data: expected an array of objects, received ${typeof rowData}.`;
    if (isMissing(columnDefinitions)) return "Column definitions are required.";
    if (Array.isArray(columnDefinitions)) return null;
    return `Invalid column definitions: expected an array, received ${typeof columnDefinitions}.`;
  },
  html(data) {
    if (typeof data?.template === "string") {
      if (data.template.length > 1_000_000)
        throw new Error("template exceeds maximum length of 1000000 characters");
    } else if (!data?.content) {
      throw new Error("html content or template is required");
    }
    return null;
  },
};

/** The `bru` methods; a first use in a step leaves a note on the console. */
exports.visualizeMethods = function visualizeMethods(session, step) {
  let noted = false;
  return {
    visualize(type, data) {
      if (!type) throw new Error("visualization type is required");
      const error = checks[type]?.(data) ?? null;
      session.effects.visualizations ??= [];
      session.effects.visualizations.push(error === null ? { type } : { type, error });
      if (!noted) step.console.push({ level: "info", args: [note], line: null });
      noted = true;
    },
    clearVisualizations() {
      session.effects.visualizations = [];
    },
  };
};
