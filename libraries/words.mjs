// The English word lists and patterns of @faker-js/faker that dynamic variables such as {{$randomCity}} are
// made of. `bruscript/dynamic/` draws from them as the library does itself.
import { faker } from "@faker-js/faker/locale/en";

/** Lists that the library's locale holds under the same names. */
const LISTS = [
  "color.human",
  "commerce.department",
  "commerce.product_name.adjective",
  "commerce.product_name.material",
  "commerce.product_name.product",
  "company.adjective",
  "company.buzz_adjective",
  "company.buzz_noun",
  "company.buzz_verb",
  "company.descriptor",
  "company.legal_entity_type",
  "company.name_pattern",
  "company.noun",
  "database.collation",
  "database.column",
  "database.engine",
  "database.type",
  "date.month.wide",
  "date.weekday.wide",
  "finance.account_type",
  "finance.transaction_type",
  "hacker.abbreviation",
  "hacker.adjective",
  "hacker.ingverb",
  "hacker.noun",
  "hacker.phrase",
  "hacker.verb",
  "internet.domain_suffix",
  "internet.example_email",
  "internet.free_email",
  "internet.user_agent_pattern",
  "location.building_number",
  "location.city_name",
  "location.city_pattern",
  "location.city_prefix",
  "location.city_suffix",
  "location.country",
  "location.street_name",
  "location.street_pattern",
  "location.street_suffix",
  "lorem.word",
  "person.first_name.female",
  "person.first_name.generic",
  "person.first_name.male",
  "person.job_area",
  "person.job_descriptor",
  "person.job_title_pattern",
  "person.job_type",
  "person.last_name.generic",
  "person.prefix.female",
  "person.prefix.generic",
  "person.prefix.male",
  "person.suffix",
  "phone_number.format.national",
  "system.directory_path",
  "word.adjective",
  "word.adverb",
  "word.conjunction",
  "word.interjection",
  "word.noun",
  "word.preposition",
  "word.verb",
];

/** The lists from which a call of the library draws, in order; some are nowhere but in its code. */
function drawnFrom(call) {
  const { helpers } = faker;
  const { arrayElement } = helpers;
  const lists = [];
  helpers.arrayElement = (list) => {
    lists.push(list);
    return arrayElement(list);
  };
  try {
    call();
  } finally {
    helpers.arrayElement = arrayElement;
  }
  return lists;
}

/** All lists by name. Throws where the library no longer has one. */
export function words() {
  const at = (name) => name.split(".").reduce((data, part) => data?.[part], faker.rawDefinitions);
  const { finance, location, person, system } = faker.rawDefinitions;
  const mime = Object.keys(system.mime_type);
  const extensions = (type) => system.mime_type[type].extensions;
  const weighted = (list) => list.map(({ value, weight }) => [value, weight]);
  const lists = {
    ...Object.fromEntries(LISTS.map((name) => [name, at(name)])),
    "finance.bic_country": drawnFrom(() => faker.finance.bic()).find((list) => list.length > 100),
    "finance.currency_code": finance.currency.map(({ code }) => code),
    "finance.currency_name": finance.currency.map(({ name }) => name),
    "finance.currency_symbol": finance.currency.map(({ symbol }) => symbol),
    "finance.iban": drawnFrom(() => faker.finance.iban())[0].map(({ country, bban }) => [
      country,
      bban.map(({ type, count }) => [type, count]),
    ]),
    "location.country_code": location.country_code.map(({ alpha2 }) => alpha2),
    "location.street_address": [location.street_address.normal],
    "person.last_name_pattern": weighted(person.last_name_pattern.generic),
    "person.name": weighted(person.name),
    "system.common_file_ext": drawnFrom(() => faker.system.commonFileExt())[0].map(extensions),
    "system.common_file_type": drawnFrom(() => faker.system.commonFileType())[0],
    "system.file_ext": [...new Set(mime.flatMap(extensions))],
    "system.file_type": [...new Set(mime.map((type) => type.split("/")[0]))],
    "system.mime_type": mime,
  };
  for (const [name, list] of Object.entries(lists)) {
    if (!Array.isArray(list) || list.length === 0) throw new Error(`@faker-js/faker has no list ${name}`);
  }
  return `${JSON.stringify(lists)}\n`;
}
